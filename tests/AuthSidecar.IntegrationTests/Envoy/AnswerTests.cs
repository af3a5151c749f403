using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Envoy.Service.Auth.V3;
using Envoy.Types.V3;

namespace AuthSidecar.IntegrationTests.EnvoyFacts;

/// <summary>
/// Envoy's reading of the kinds of answer: the reason why the sidecar must not send an empty one, nor a denial outside 4xx and 5xx.
/// </summary>
public sealed class AnswerTests(FactsServers servers) : EnvoyFactsTests(servers)
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AnEmptyAnswer_ReachesTheUpstream(EnvoyRelease release)
    {
        var exchange = await SendAsync(release, new CheckResponse());

        Assert.Equal(200, exchange.Client.Status);
        Assert.NotNull(exchange.Upstream);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ADenialWithCode0_ReachesTheUpstream(EnvoyRelease release)
    {
        var denial = Answers.Deny(403);
        denial.Status.Code = 0;

        Assert.NotNull((await SendAsync(release, denial)).Upstream);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AnAllowWithCode7_Is403WithoutABody(EnvoyRelease release)
    {
        var allow = Answers.Allow();
        allow.Status.Code = 7;

        var exchange = await SendAsync(release, allow);

        Assert.Equal((403, ""), (exchange.Client.Status, exchange.Client.Body));
        Assert.Null(exchange.Upstream);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task StatusBelow400_IsSentUnchanged(EnvoyRelease release)
    {
        foreach (var status in new[] { 101, 200, 302, 499, 600 })
        {
            var exchange = await SendAsync(release, Answers.Deny(status, "text"));

            Assert.Equal(status, exchange.Client.Status);
            Assert.Null(exchange.Upstream);
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AnErrorResponse_IsUnderstoodByNewerReleasesOnly(EnvoyRelease release)
    {
        var error = new CheckResponse
        {
            Status = new() { Code = 14 },
            ErrorResponse = new()
            {
                Status = new() { Code = StatusCode.ServiceUnavailable },
                Body = "out",
            },
        };

        var exchange = await SendAsync(release, error);

        var expected = release is EnvoyRelease.Newest ? (503, "out") : (403, "");
        Assert.Equal(expected, (exchange.Client.Status, exchange.Client.Body));
        Assert.Null(exchange.Upstream);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ADenial_IsSentWithItsHeadersAndBody(EnvoyRelease release)
    {
        var exchange = await SendAsync(
            release,
            Answers.Deny(
                429,
                """{"error":"rate_limited"}""",
                Answers.Overwrite("retry-after", "7"),
                Answers.Overwrite("content-length", "1")
            )
        );

        Assert.Equal((429, """{"error":"rate_limited"}"""), (exchange.Client.Status, exchange.Client.Body));
        Assert.Equal(["7"], exchange.Client.Values("retry-after"));
        Assert.Equal(["24"], exchange.Client.Values("content-length"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task DirectResponseRoute_IsCheckedToo(EnvoyRelease release)
    {
        Assert.Equal(401, (await SendAsync(release, Answers.Deny(401), "GET /direct")).Client.Status);
        Assert.Equal("direct", (await SendAsync(release, Answers.Allow(), "GET /direct")).Client.Body);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task PathWithoutARoute_IsNotChecked(EnvoyRelease release)
    {
        var exchange = await SendAsync(release, Answers.Allow(), "GET /nowhere");

        Assert.Equal(404, exchange.Client.Status);
        Assert.Null(exchange.Check);
    }
}
