using AuthSidecar.IntegrationTests.Benchmarks;
using AuthSidecar.IntegrationTests.Cases;
using AuthSidecar.IntegrationTests.Demo;
using AuthSidecar.IntegrationTests.Metering;
using AuthSidecar.IntegrationTests.RateLimiting;
using AuthSidecar.IntegrationTests.Recording;
using AuthSidecar.IntegrationTests.Relay;
using AuthSidecar.IntegrationTests.Replicas;
using AuthSidecar.IntegrationTests.SocketLeases;
using AuthSidecar.IntegrationTests.Usage;
using Xunit.Abstractions;

namespace AuthSidecar.IntegrationTests;

/// <summary>Starts the collections that take a minute or more first, so that none of them runs alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] _longest =
    [
        nameof(ReplicaServers),
        .. new[]
        {
            typeof(UsageFaultTests),
            typeof(SmokeTests),
            typeof(RowTests),
            typeof(DemoTests),
            typeof(SocketCapTests),
            typeof(UsageCrashTests),
            typeof(UsageThroughEnvoyTests),
            typeof(DemoStayTests),
            typeof(RecorderCrashTests),
            typeof(FirstMessageTests),
            typeof(CaseTests),
            typeof(SharedLimitTests),
        }.Select(type => type.FullName!),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) => testCollections.OrderBy(Rank);

    private static int Rank(ITestCollection collection)
    {
        var rank = Array.FindIndex(_longest, collection.DisplayName.Split(' ').Contains);
        return rank < 0 ? _longest.Length : rank;
    }
}
