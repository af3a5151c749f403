// Most of these tests wait for servers that start or stop: two cores can run three of them.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: TestCollectionOrderer("AuthSidecar.IntegrationTests.LongestFirst", "AuthSidecar.IntegrationTests")]
