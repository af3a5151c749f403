using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Envoy.Service.Auth.V3;
using Grpc.Core;

namespace AuthSidecar.IntegrationTests.EnvoyFacts;

/// <summary>Responses to clients when the sidecar is unreachable, and to gRPC clients on a denial.</summary>
public sealed class FailureTests(FactsServers servers) : EnvoyFactsTests(servers)
{
    private const string Grpc = "Content-Type: application/grpc";

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task NoService_Is503WithoutABody(EnvoyRelease release)
    {
        var exchange = await SendAsync(release, "down", (_, _) => Answers.Allow(), "GET /v1/x");

        Assert.Equal((503, ""), (exchange.Client.Status, exchange.Client.Body));
        Assert.Null(exchange.Upstream);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task TheTimeout_IsSentToTheServiceInMilliseconds(EnvoyRelease release)
    {
        string? timeout = null;
        await SendAsync(release, "raw", Script, "GET /v1/x");

        Assert.Equal("10000m", timeout);

        CheckResponse Script(CheckRequest request, ServerCallContext context)
        {
            timeout = context.GetHttpContext().Request.Headers["grpc-timeout"];
            return Answers.Allow();
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AnRpcError_Is503WithoutABody(EnvoyRelease release)
    {
        foreach (var code in new[] { StatusCode.Internal, StatusCode.PermissionDenied, StatusCode.Unavailable, StatusCode.Cancelled })
        {
            var exchange = await SendAsync(release, "raw", (_, _) => throw new RpcException(new(code, "no")), "GET /v1/x");

            Assert.Equal((503, ""), (exchange.Client.Status, exchange.Client.Body));
            Assert.Null(exchange.Upstream);
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AnRpcError_IsStatus14ForAGrpcClient(EnvoyRelease release)
    {
        var exchange = await SendAsync(
            release,
            "raw",
            (_, _) => throw new RpcException(new(StatusCode.Internal, "no")),
            "POST /v1/x",
            Grpc
        );

        Assert.Equal(200, exchange.Client.Status);
        Assert.Equal(["14"], exchange.Client.Values("grpc-status"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ADenial_IsAGrpcStatusForAGrpcClient(EnvoyRelease release)
    {
        foreach (var (http, grpc) in new[] { (401, "16"), (403, "7"), (503, "14") })
        {
            var exchange = await SendAsync(
                release,
                Answers.Deny(http, "why not", Answers.Overwrite("x-authsidecar-reason", "r")),
                "POST /v1/x",
                Grpc
            );

            Assert.Equal(200, exchange.Client.Status);
            Assert.Equal([grpc], exchange.Client.Values("grpc-status"));
            Assert.Equal(["why not"], exchange.Client.Values("grpc-message"));
            Assert.Equal(["r"], exchange.Client.Values("x-authsidecar-reason"));
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AGrpcStatusOfOurs_WinsOverEnvoysMapping(EnvoyRelease release)
    {
        var exchange = await SendAsync(release, Answers.Deny(429, "slow down", Answers.Overwrite("grpc-status", "8")), "POST /v1/x", Grpc);

        Assert.Equal(["8"], exchange.Client.Values("grpc-status"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task TheDeadline_IsTheTimeoutOfTheFilter(EnvoyRelease release)
    {
        var left = TimeSpan.Zero;
        await SendAsync(
            release,
            "raw",
            (_, context) =>
            {
                left = context.Deadline - DateTime.UtcNow;
                return Answers.Allow();
            },
            "GET /v1/x"
        );

        Assert.InRange(left, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
    }
}
