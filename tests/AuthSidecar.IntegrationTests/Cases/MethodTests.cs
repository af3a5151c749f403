using System.Net;
using AuthSidecar.Corpus;
using AuthSidecar.TestKit;

namespace AuthSidecar.IntegrationTests.Cases;

/// <summary>Over HTTP/2 Envoy passes on any word as a method; the sidecar does not.</summary>
public sealed class MethodTests(CaseServers servers) : IClassFixture<CaseServers>
{
    [RequiresTheory("envoy", "envoy-old")]
    [InlineData("Newest")]
    [InlineData("Oldest")]
    public async Task WordsThatAreNoMethods_AreRefused_AndNeverReachTheUpstream(string release)
    {
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        foreach (var id in new[] { "endpoints/methods: PATCH without a provider", "endpoints/kinds: lists models" })
        {
            var one = CorpusFiles.Case(id);
            var (port, words) = await servers.PrepareAsync(Enum.Parse<EnvoyRelease>(release), one);
            foreach (var method in new[] { "TRACE", "TRACK", "purge", "M-SEARCH", "POST1", "postT" })
            {
                var before = servers.UpstreamCalls;
                using var request = new HttpRequestMessage(new(method), $"http://127.0.0.1:{port}{one.Target}") { Headers = { Host = CheckRequests.Authority(one) } };
                foreach (var line in CheckRequests.ClientLines(one, words))
                {
                    request.Headers.TryAddWithoutValidation(line.Name, line.Value);
                }

                using var answer = await client.SendAsync(request);

                Assert.Equal((method, HttpStatusCode.MethodNotAllowed, "method_not_allowed"), (method, answer.StatusCode, answer.Headers.TryGetValues("x-authsidecar-reason", out var reasons) ? reasons.Single() : null));
                Assert.Equal(before, servers.UpstreamCalls);
            }
        }
    }
}
