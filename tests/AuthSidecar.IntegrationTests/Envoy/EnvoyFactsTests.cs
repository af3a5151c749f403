using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Envoy.Service.Auth.V3;
using Grpc.Core;

namespace AuthSidecar.IntegrationTests.EnvoyFacts;

/// <summary>The outcome of one request: the client's response, the Check request, and the upstream's request (null: not called).</summary>
internal sealed record Exchange(RawAnswer Client, CheckRequest? Check, EchoedRequest? Upstream);

[Collection(FactsGroup.Name)]
public abstract class EnvoyFactsTests(FactsServers servers)
{
    internal FactsServers Servers { get; } = servers;

    internal Task<Exchange> SendAsync(
        EnvoyRelease release,
        CheckResponse answer,
        string requestLine = "GET /v1/x",
        params string[] headers
    ) => SendAsync(release, "raw", (_, _) => answer, requestLine, headers);

    internal async Task<Exchange> SendAsync(
        EnvoyRelease release,
        string listener,
        Func<CheckRequest, ServerCallContext, CheckResponse> script,
        string requestLine,
        params string[] headers
    )
    {
        var envoy = await Servers.EnvoyAsync(release);
        Servers.Authz.Forget();
        Servers.Upstream.Forget();
        Servers.Authz.Answer = script;
        var client = await RawHttp.SendAsync(envoy.Port(listener), requestLine, headers);
        return new(client, Servers.Authz.Requests.SingleOrDefault(), Servers.Upstream.Requests.SingleOrDefault());
    }
}
