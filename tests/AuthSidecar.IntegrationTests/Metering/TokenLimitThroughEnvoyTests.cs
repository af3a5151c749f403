using System.Globalization;
using System.Net;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Metering;

/// <summary>The provider's count of one request leaves no room for the next.</summary>
public sealed class TokenLimitThroughEnvoyTests(UsageServers servers) : IClassFixture<UsageServers>
{
    private const UsageFacts AllSources = UsageFacts.Decided | UsageFacts.Observed | UsageFacts.Logged;

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task CountedTokens_RefuseTheNextRequest_WhichReachesNoProvider(EnvoyRelease release)
    {
        var fixture = Fixture.Named("openai-chat/stream.sse");
        var limit = fixture.Expected.Input!.Value + fixture.Expected.Output!.Value;
        var key = await servers.AddLimitedAsync(limit);
        using var client = new HttpClient();
        using (var first = await servers.SendAsync(release, client, fixture, "whole", key.Token))
        {
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            Assert.Equal(Text(limit), Header(first, "x-ratelimit-limit-tokens"));
            Assert.Equal(Text(limit - 1), Header(first, "x-ratelimit-remaining-tokens"));
            await first.Content.CopyToAsync(Stream.Null);
            await servers.RowAsync(first, AllSources);
        }

        var passed = 0;
        for (var isRefused = false; !isRefused; )
        {
            using var next = await servers.SendAsync(release, client, fixture, "whole", key.Token);
            isRefused = next.StatusCode == HttpStatusCode.TooManyRequests;
            if (!isRefused)
            {
                // The row is committed a moment before it is counted.
                Assert.InRange(++passed, 1, 5);
                continue;
            }

            Assert.NotEqual(Header(next, "x-authsidecar-decision-id"), servers.Upstream.DecisionId);
            Assert.Equal("rate_limited_tokens", Header(next, "x-authsidecar-reason"));
            Assert.Equal("0", Header(next, "x-ratelimit-remaining-tokens"));
            Assert.Equal("false", Header(next, "x-should-retry"));
        }
    }

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
