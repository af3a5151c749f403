// Most of these tests wait for servers that start, stop or are away: two cores carry four of them.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
[assembly: TestCollectionOrderer("AuthSidecar.IntegrationTests.LongestFirst", "AuthSidecar.IntegrationTests")]
