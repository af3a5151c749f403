// Most of these tests wait for servers that start, stop or are away: two cores carry four of them.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
