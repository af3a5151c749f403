using System.Net;
using System.Net.Sockets;
using System.Text;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Envoy.Service.Auth.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Authz = global::Envoy.Service.Auth.V3.Authorization;

namespace AuthSidecar.IntegrationTests.Telemetry;

/// <summary>Metrics and spans at a collector, and no effect of a missing collector.</summary>
public sealed class ExportTests : IDisposable
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Parent = "b7ad6b7169203331";
    private const string Secret = "secret-in-the-query";

    public enum Absence
    {
        ClosedPort,
        NeverAnswers,
        BreaksOff,
    }

    private readonly SidecarSandbox _sandbox = new()
    {
        Wrapper = ["env", "OTEL_METRIC_EXPORT_INTERVAL=200", "OTEL_BSP_SCHEDULE_DELAY=100"],
    };

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MetricsAndTheSpansOfSampledTraces_Arrive(bool isGrpc)
    {
        await using var collector = await Collector.StartAsync();
        await using var sidecar = await StartAsync(isGrpc ? collector.Grpc : new(collector.Http, "/otlp"));
        var token = await KeyAsync();

        var allowed = await CheckAsync(sidecar, token, $"00-{Trace}-{Parent}-01");
        var refused = await CheckAsync(sidecar, "ask_wrong", $"00-{Trace}-{Parent}-01");
        await CheckAsync(sidecar, token, $"00-{Trace}-{Parent}-00");
        await CheckAsync(sidecar, token, "nonsense");
        await CheckAsync(sidecar, token, null, $"00-{Trace}-{Parent}-01");
        await Eventually.TrueAsync(
            () => Task.FromResult(collector.Spans.Count >= 2 && collector.Metrics.Contains("authsidecar_step_duration_seconds")),
            "spans and metrics"
        );
        sidecar.Terminate();
        Assert.Equal(0, await sidecar.ExitAsync());

        Assert.All(collector.Requests, request =>
            Assert.StartsWith(isGrpc ? "/opentelemetry.proto.collector." : "/otlp/v1/", request.Path, StringComparison.Ordinal)
        );
        var spans = collector.Spans;
        Assert.Equal(2, spans.Count);
        Assert.All(spans, span =>
            Assert.Equal(
                ("authsidecar", Trace, Parent, "envoy.service.auth.v3.Authorization/Check"),
                (span.Service, span.TraceId, span.ParentSpanId, span.Name)
            )
        );
        Assert.Equal(
            [("allow", "app", null, allowed), ("deny", "app", "invalid_token", refused)],
            spans.Select(Facts).OrderBy(facts => facts.Decision)
        );
        Assert.All(["authsidecar_decisions_total", "authsidecar_step_duration_seconds", "authsidecar_usage_offered_total"], name =>
            Assert.Contains(name, collector.Metrics)
        );
        MustHoldNothingOf(collector, token, Secret, "access_token", "/app/path");
    }

    [Fact]
    public async Task PendingData_IsSentAtStop()
    {
        await using var collector = await Collector.StartAsync();
        using var sandbox = new SidecarSandbox();
        await using var sidecar = await SidecarProcess.StartAsync(sandbox, arguments: $"--Telemetry:OtlpEndpoint={collector.Grpc}");

        var decision = await CheckAsync(sidecar, "ask_wrong", $"00-{Trace}-{Parent}-01");
        sidecar.Terminate();
        Assert.Equal(0, await sidecar.ExitAsync());

        Assert.Equal(decision, Facts(Assert.Single(collector.Spans)).Id);
        Assert.Contains("authsidecar_decisions_total", collector.Metrics);
    }

    [Fact]
    public async Task WithoutTheSetting_NothingIsSent()
    {
        await using var collector = await Collector.StartAsync();
        using var sandbox = new SidecarSandbox
        {
            Wrapper = ["env", "OTEL_METRIC_EXPORT_INTERVAL=50", $"OTEL_EXPORTER_OTLP_ENDPOINT={collector.Grpc}"],
        };
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);

        await CheckAsync(sidecar, "ask_wrong", $"00-{Trace}-{Parent}-01");
        sidecar.Terminate();

        Assert.Equal(0, await sidecar.ExitAsync());
        Assert.Empty(collector.Requests);
    }

    [Fact]
    public async Task WithTheSdkDisabled_NothingIsSent_AndMetricsAreShown()
    {
        await using var collector = await Collector.StartAsync();
        using var sandbox = new SidecarSandbox { Wrapper = ["env", "OTEL_METRIC_EXPORT_INTERVAL=50", "OTEL_SDK_DISABLED=true"] };
        await using var sidecar = await SidecarProcess.StartAsync(sandbox, arguments: $"--Telemetry:OtlpEndpoint={collector.Grpc}");
        using var http = new HttpClient();

        await CheckAsync(sidecar, "ask_wrong", $"00-{Trace}-{Parent}-01");
        var metrics = Exposition.Parse(await http.GetStringAsync(new Uri(sidecar.Console, "/metrics")));
        sidecar.Terminate();

        Assert.Equal(0, await sidecar.ExitAsync());
        Assert.Contains("authsidecar_check_duration_seconds_count", metrics.Samples.Keys);
        Assert.Empty(collector.Requests);
    }

    [Theory]
    [InlineData(Absence.ClosedPort)]
    [InlineData(Absence.NeverAnswers)]
    [InlineData(Absence.BreaksOff)]
    public async Task AnUnresponsiveCollector_IsLoggedOnceAndStopsNoRequest(Absence absence)
    {
        using var absent = new TcpListener(IPAddress.Loopback, 0);
        absent.Start();
        var port = ((IPEndPoint)absent.LocalEndpoint).Port;
        if (absence == Absence.ClosedPort)
        {
            absent.Stop();
        }

        using var sandbox = new SidecarSandbox
        {
            Wrapper = ["env", "OTEL_METRIC_EXPORT_INTERVAL=100", "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_EXPORTER_OTLP_TIMEOUT=300"],
        };
        await using var sidecar = await SidecarProcess.StartAsync(sandbox, arguments: $"--Telemetry:OtlpEndpoint=http://127.0.0.1:{port}");
        if (absence == Absence.BreaksOff)
        {
            // Several exports fail in sequence.
            for (var attempt = 0; attempt < 10; attempt++)
            {
                using var connection = await absent.AcceptTcpClientAsync();
            }
        }

        await Eventually.TrueAsync(
            () => Task.FromResult(sidecar.Output.Contains("Telemetry:OtlpEndpoint failed", StringComparison.Ordinal)),
            "a line about the collector"
        );
        for (var number = 0; number < 50; number++)
        {
            Assert.NotEmpty(await CheckAsync(sidecar, "ask_wrong", $"00-{Trace}-{Parent}-01"));
        }

        sidecar.Terminate();
        Assert.Equal(0, await sidecar.ExitAsync());
        Assert.Single(sidecar.Output.Split('\n'), line => line.Contains("Telemetry:OtlpEndpoint failed", StringComparison.Ordinal));
    }

    private Task<SidecarProcess> StartAsync(Uri collector) =>
        SidecarProcess.StartAsync(_sandbox, arguments: $"--Telemetry:OtlpEndpoint={collector}");

    private async Task<string> KeyAsync()
    {
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        return (await seeder.AddKeyAsync("ada", "apps:run")).Token;
    }

    /// <returns>The decision's id.</returns>
    private static async Task<string> CheckAsync(
        SidecarProcess sidecar,
        string token,
        string? traceParent,
        string? clientsTraceParent = null
    )
    {
        using var channel = GrpcChannel.ForAddress(sidecar.Check);
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = "GET",
            Path = $"/app/path?access_token={Secret}",
            Host = "localhost",
            Headers = { ["authorization"] = $"Bearer {token}" },
        };
        if (clientsTraceParent is not null)
        {
            http.Headers["traceparent"] = clientsTraceParent;
        }

        var request = new CheckRequest
        {
            Attributes = new()
            {
                Request = new() { Http = http },
                ContextExtensions = { ["policy"] = "app" },
            },
        };
        var answer = await new Authz.AuthorizationClient(channel).CheckAsync(
            request,
            traceParent is null ? [] : new Metadata { { "traceparent", traceParent } },
            deadline: DateTime.UtcNow.AddSeconds(30)
        );
        return answer.DynamicMetadata.Fields["decision_id"].StringValue;
    }

    private static (string Decision, string Policy, string? Reason, string Id) Facts(CollectedSpan span) =>
        (
            span.Attributes["authsidecar.decision"],
            span.Attributes["authsidecar.policy"],
            span.Attributes.GetValueOrDefault("authsidecar.reason"),
            span.Attributes["authsidecar.decision_id"]
        );

    private static void MustHoldNothingOf(Collector collector, params string[] secrets)
    {
        foreach (var secret in secrets)
        {
            Assert.All(collector.Requests, request =>
                Assert.True(request.Message.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) < 0, $"{secret} was sent to {request.Path}")
            );
        }
    }
}
