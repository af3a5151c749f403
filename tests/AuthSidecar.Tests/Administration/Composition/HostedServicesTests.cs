using System.Text.RegularExpressions;
using AuthSidecar.Access.Assertions;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Envoy.AccessLogs;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Tests.Platform.Configuration;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.BudgetAlerts;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.WebSockets.Leases;
using AuthSidecar.WebSockets.Relay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AuthSidecar.Tests.Administration.Composition;

public sealed partial class HostedServicesTests
{
    private static readonly Type[] _alone =
    [
        typeof(TlsCertificates),
        typeof(KeyBookkeeping),
        typeof(InvalidationPoller),
        typeof(SigningKeyRefresher),
        typeof(AssertionKeyKeeper),
        typeof(PepperCensus),
        typeof(UsageWriter),
        typeof(RefusalCounts),
        typeof(UsageRetention),
        typeof(BudgetAlertService),
        typeof(BootstrapAdmin),
        typeof(AccountsRetention),
        typeof(DeviceGrantSweep),
        typeof(SocketMonitor),
        typeof(AccessLogStreams),
        typeof(Lifecycle),
    ];

    private static readonly Type[] _withRedisAndCollector =
    [
        typeof(LastExport),
        typeof(TlsCertificates),
        typeof(RedisConnection),
        typeof(ReplicaHeartbeat),
        typeof(KeyBookkeeping),
        typeof(InvalidationPoller),
        typeof(InvalidationSubscriber),
        typeof(SigningKeyRefresher),
        typeof(AssertionKeyKeeper),
        typeof(PepperCensus),
        typeof(UsageWriter),
        typeof(RefusalCounts),
        typeof(UsageRetention),
        typeof(BudgetAlertService),
        typeof(BootstrapAdmin),
        typeof(AccountsRetention),
        typeof(DeviceGrantSweep),
        typeof(RequestLeaseSync),
        typeof(LeaseSync),
        typeof(SocketMonitor),
        typeof(AccessLogStreams),
        typeof(Lifecycle),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Host_StartsThemInThisOrder_BetweenTelemetryAndTheListeners(bool hasRedisAndCollector)
    {
        using var directory = new TemporaryDirectory();
        using var settings = FixedSettings.Of(
            new()
            {
                DataDirectory = directory.Path,
                Redis = { ConnectionString = hasRedisAndCollector ? new("127.0.0.1:1") : null },
                Telemetry = { OtlpEndpoint = hasRedisAndCollector ? "http://127.0.0.1:1" : "" },
            }
        );
        var host = SidecarHost.Build(settings, new([new Secret("a pepper for tests")]));
        await using var disposed = (IAsyncDisposable)host;

        var services = host.Services.GetServices<IHostedService>().Select(service => service.GetType()).ToList();

        Assert.Equal("TelemetryHostedService", services[0].Name);
        Assert.Equal("GenericWebHostService", services[^1].Name);
        Assert.Equal(hasRedisAndCollector ? _withRedisAndCollector : _alone, services[1..^1]);
    }

    [Fact]
    public void EveryHostedService_StandsInTheList() =>
        Assert.Equal(
            typeof(HostedServices)
                .Assembly.GetTypes()
                .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IHostedService)))
                .OrderBy(type => type.Name),
            HostedServices.Order.OrderBy(type => type.Name)
        );

    [Fact]
    public void NoFeature_AddsAHostedServiceByItself() =>
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "AuthSidecar"), "*.cs", SearchOption.AllDirectories),
            file => Assert.DoesNotMatch(AddsHostedService(), File.ReadAllText(file))
        );

    [GeneratedRegex(@"\bAddHostedService\b")]
    private static partial Regex AddsHostedService();
}
