using AuthSidecar.BrowserTests.Clients;
using AuthSidecar.BrowserTests.Servers;
using AuthSidecar.TestSupport;

namespace AuthSidecar.BrowserTests;

/// <summary>
/// The observations of a page's script in Chromium for each refusal: code and reason from the closer, nothing of a status.
/// </summary>
public sealed class PageRefusalTests(SocketServers servers) : RefusalTests(servers)
{
    private static readonly TokenPosition[] _positions = [TokenPosition.Subprotocol, TokenPosition.Query];

    [RequiresTheory("envoy", "chromium")]
    [InlineData(SocketPolicies.Http)]
    [InlineData(SocketPolicies.Close)]
    public Task NewestEnvoy(string mode) => JudgeAsync(EnvoyRelease.Newest, mode);

    [RequiresTheory("envoy-old", "chromium")]
    [InlineData(SocketPolicies.Http)]
    [InlineData(SocketPolicies.Close)]
    public Task OldestEnvoy(string mode) => JudgeAsync(EnvoyRelease.Oldest, mode);

    [RequiresTheory("envoy", "chromium")]
    [InlineData(SocketPolicies.Http)]
    [InlineData(SocketPolicies.Close)]
    public Task NewestEnvoy_OverHttp2(string mode) => JudgeAsync(EnvoyRelease.Newest, mode, isEncrypted: true);

    [RequiresTheory("envoy-old", "chromium")]
    [InlineData(SocketPolicies.Http)]
    [InlineData(SocketPolicies.Close)]
    public Task OldestEnvoy_OverHttp2(string mode) => JudgeAsync(EnvoyRelease.Oldest, mode, isEncrypted: true);

    private async Task JudgeAsync(EnvoyRelease release, string mode, bool isEncrypted = false)
    {
        var browser = await Servers.BrowserAsync();
        var chromium = new SocketClient((edge, calls) => browser.OpenAsync(edge.Page, calls), ReadsStatus: false, WantsAnAnswer: true);
        await JudgeAsync(chromium, release, mode, Refusals.All, _positions, isEncrypted);
    }
}
