using System.Net;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.IntegrationTests.Cases;

/// <summary>Methods over HTTP/2, where Envoy's parser accepts other methods than over HTTP/1.1.</summary>
public sealed class MethodTests(CaseServers servers) : IClassFixture<CaseServers>
{
    [RequiresTheory("envoy", "envoy-old")]
    [InlineData("Newest")]
    [InlineData("Oldest")]
    public async Task InvalidMethods_AreRefused_AndNeverReachTheUpstream(string release)
    {
        using var client = new HttpClient
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var seen = new HashSet<HttpStatusCode>();
        foreach (var id in new[] { "endpoints/methods: PATCH without a provider", "endpoints/kinds: lists models" })
        {
            var one = CorpusFiles.Case(id);
            var (port, vocabulary) = await servers.PrepareAsync(Enum.Parse<EnvoyRelease>(release), one);
            foreach (var method in new[] { "TRACE", "TRACK", "purge", "M-SEARCH", "POST1", "postT" })
            {
                var before = servers.UpstreamCalls;
                using var request = new HttpRequestMessage(new(method), $"http://127.0.0.1:{port}{one.Target}")
                {
                    Headers = { Host = CheckRequests.Authority(one) },
                };
                foreach (var line in CheckRequests.ClientLines(one, vocabulary))
                {
                    request.Headers.TryAddWithoutValidation(line.Name, line.Value);
                }

                using var answer = await client.SendAsync(request);

                // Envoy rejects some of them itself, without a reason of ours.
                var reason = answer.Headers.TryGetValues("x-authsidecar-reason", out var reasons) ? reasons.Single() : null;
                Assert.Contains(
                    (answer.StatusCode, reason),
                    new[] { (HttpStatusCode.MethodNotAllowed, "method_not_allowed"), (HttpStatusCode.BadRequest, null) }
                );
                seen.Add(answer.StatusCode);
                Assert.Equal(before, servers.UpstreamCalls);
            }
        }

        Assert.Contains(HttpStatusCode.MethodNotAllowed, seen);
    }
}
