// Most of these tests wait for servers that start or stop: two cores can run four of them.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
[assembly: TestCollectionOrderer("AuthSidecar.IntegrationTests.LongestFirst", "AuthSidecar.IntegrationTests")]
