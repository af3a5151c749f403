using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.EnvoyFacts;

/// <summary>Fields of a decision that are available in Envoy's access log, and fields that must not be.</summary>
public sealed class LogTests(FactsServers servers) : EnvoyFactsTests(servers)
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task TheDecisionsMetadata_IsInTheLogOfAllowAndDeny(EnvoyRelease release)
    {
        var envoy = await Servers.EnvoyAsync(release);
        await SendAsync(release, Answers.Allow(), "GET /v1/log/allowed");
        await SendAsync(release, Answers.Deny(403), "GET /v1/log/denied");

        var allowed = await envoy.WaitForLogAsync(line => line.Contains("/v1/log/allowed"));
        var denied = await envoy.WaitForLogAsync(line => line.Contains("/v1/log/denied"));
        Assert.Contains("\"decision\":\"allow\"", allowed);
        Assert.Contains("\"details\":\"via_upstream\"", allowed);
        Assert.Contains("\"decision\":\"deny\"", denied);
        Assert.Contains("\"details\":\"ext_authz_denied\"", denied);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task APathWithoutItsQuery_IsLogged(EnvoyRelease release)
    {
        var envoy = await Servers.EnvoyAsync(release);
        await SendAsync(release, Answers.Deny(401), "GET /v1/log/query?access_token=secret-in-query");
        await SendAsync(release, "raw", (_, _) => throw new InvalidOperationException(), "GET /v1/log/fault?access_token=secret-in-query");

        Assert.Contains("\"path\":\"/v1/log/query\"", await envoy.WaitForLogAsync(line => line.Contains("/v1/log/query")));
        Assert.Contains("ext_authz_error", await envoy.WaitForLogAsync(line => line.Contains("/v1/log/fault")));
        Assert.DoesNotContain(envoy.Log, line => line.Contains("secret-in-query"));
    }
}
