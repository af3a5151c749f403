using System.Diagnostics;
using AuthSidecar.IntegrationTests.Lifecycle;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Envoy.Service.AccessLog.V3;
using Envoy.Service.ExtProc.V3;
using Grpc.Health.V1;
using Grpc.Net.Client;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>Calls that end before their response: deadlines, clients that disconnect, and a process that stops.</summary>
public sealed class EndOfCallTests(WireSidecar sidecar) : IClassFixture<WireSidecar>
{
    [Theory]
    [InlineData("200m")]
    [InlineData("400000u")]
    public async Task DeadlineShorterThanTheDecision_IsARefusalBeforeIt(string timeout)
    {
        await using var connection = await sidecar.CheckAsync();
        using var locked = LockedStore.Lock(sidecar.Sandbox);

        // A machine too busy for the margin sometimes answers late, with an error that is no Allow either.
        await Eventually.TrueAsync(
            async () =>
            {
                var reply = await connection.CallAsync(Unknown(), ("grpc-timeout", timeout));
                Assert.True(reply.Verdict() is null or "internal_error", reply.Verdict());
                return reply.Verdict() is not null;
            },
            "refused before the deadline"
        );
    }

    [Theory]
    [InlineData("1n")]
    [InlineData("1u")]
    [InlineData("1m")]
    [InlineData("99999999H")]
    [InlineData("soon")]
    public async Task InvalidOrExpiredDeadline_IsNeverAnAllowOfAnUnknownKey(string timeout)
    {
        await using var connection = await sidecar.CheckAsync();

        var reply = await connection.CallAsync(Unknown(), ("grpc-timeout", timeout));

        Assert.NotEqual("allow", reply.Verdict());
        Assert.Equal("allow", (await connection.CallAsync(sidecar.Allowed)).Verdict());
    }

    [Fact]
    public async Task ClientThatResetsItsCall_LeavesTheOthersAlone()
    {
        await using var connection = await sidecar.CheckAsync();
        RawStream left;
        using (LockedStore.Lock(sidecar.Sandbox))
        {
            left = await connection.SendHeadersAsync(RawCall.Headers(("grpc-timeout", "10S")));
            await left.SendDataAsync(Unknown(), endStream: true);
            await left.ResetAsync();
            Assert.NotNull((await connection.CallAsync(sidecar.Allowed)).Verdict());
        }

        await Eventually.TrueAsync(async () => (await connection.CallAsync(sidecar.Allowed)).Verdict() == "allow", "allowed");
        Assert.DoesNotContain("Exception", sidecar.Process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_ChangesHealthAtOnce_AndEndsOpenStreams()
    {
        using var sandbox = new SidecarSandbox();
        sandbox.Settings["Shutdown"]!["DrainSeconds"] = 2;
        sandbox.Save();
        await using var process = await SidecarProcess.StartAsync(sandbox);
        using var channel = GrpcChannel.ForAddress(process.Check);
        using var watch = new Health.HealthClient(channel).Watch(new());
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(ServingStatus.Serving, watch.ResponseStream.Current.Status);
        using var log = new AccessLogService.AccessLogServiceClient(channel).StreamAccessLogs();
        await log.RequestStream.WriteAsync(new());
        using var observed = new ExternalProcessor.ExternalProcessorClient(channel).Process();
        await observed.RequestStream.WriteAsync(new() { ObservabilityMode = true, RequestHeaders = new() });
        await using var idle = await RawConnection.OpenAsync(process.Check);
        await idle.SendHeadersAsync(RawCall.Headers());

        var clock = Stopwatch.StartNew();
        process.Terminate();
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));

        // The drain has only begun: the change was pushed immediately.
        Assert.Equal(ServingStatus.NotServing, watch.ResponseStream.Current.Status);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"after {clock.Elapsed}");
        Assert.False(process.HasExited);
        Assert.Equal(0, await process.ExitAsync());
    }

    private static byte[] Unknown() => RawCall.Frame(RawCall.CheckRequest(KeyToken.Generate(TokenFamily.Ask)));
}
