using AuthSidecar.BrowserTests.Clients;
using AuthSidecar.BrowserTests.Servers;
using AuthSidecar.TestSupport;

namespace AuthSidecar.BrowserTests;

/// <summary>The observations of clients that can set headers and read a refused handshake: ws for node, and .NET's own.</summary>
public sealed class ProgramRefusalTests(SocketServers servers) : RefusalTests(servers)
{
    private static readonly TokenPosition[] _positions = Enum.GetValues<TokenPosition>();
    private static readonly SocketClient _node = new((_, calls) => NodeClient.OpenAsync(calls), ReadsStatus: true, WantsAnAnswer: true);
    private static readonly SocketClient _dotNet = new(
        async (_, calls) => await Task.WhenAll(calls.Select(call => DotNetClient.OpenAsync(call))),
        ReadsStatus: true,
        WantsAnAnswer: false
    );

    [RequiresTheory("envoy", "ws")]
    [InlineData(SocketPolicies.Http)]
    [InlineData(SocketPolicies.Close)]
    public Task NodeAndTheNewestEnvoy(string mode) => JudgeAsync(_node, EnvoyRelease.Newest, mode, Refusals.All, _positions);

    [RequiresTheory("envoy-old", "ws")]
    [InlineData(SocketPolicies.Http)]
    [InlineData(SocketPolicies.Close)]
    public Task NodeAndTheOldestEnvoy(string mode) => JudgeAsync(_node, EnvoyRelease.Oldest, mode, Refusals.All, _positions);

    [RequiresTheory("envoy")]
    [InlineData(SocketPolicies.Http)]
    [InlineData(SocketPolicies.Close)]
    public Task DotNetAndTheNewestEnvoy(string mode) => JudgeAsync(_dotNet, EnvoyRelease.Newest, mode, Refusals.All, _positions);

    [RequiresTheory("envoy-old")]
    [InlineData(SocketPolicies.Http)]
    [InlineData(SocketPolicies.Close)]
    public Task DotNetAndTheOldestEnvoy(string mode) => JudgeAsync(_dotNet, EnvoyRelease.Oldest, mode, Refusals.All, _positions);

    [RequiresTheory("envoy")]
    [InlineData(SocketPolicies.Http)]
    [InlineData(SocketPolicies.Close)]
    public Task DotNetOverHttp2AndTheNewestEnvoy(string mode) => OverHttp2Async(EnvoyRelease.Newest, mode);

    [RequiresTheory("envoy-old")]
    [InlineData(SocketPolicies.Http)]
    [InlineData(SocketPolicies.Close)]
    public Task DotNetOverHttp2AndTheOldestEnvoy(string mode) => OverHttp2Async(EnvoyRelease.Oldest, mode);

    private async Task OverHttp2Async(EnvoyRelease release, string mode)
    {
        using var http2 = DotNetClient.Http2(Servers.IsOurs);
        var client = _dotNet with
        {
            OpenAsync = async (_, calls) => await Task.WhenAll(calls.Select(call => DotNetClient.OpenAsync(call, http2))),
        };
        await JudgeAsync(client, release, mode, Refusals.All, _positions, isEncrypted: true);
    }
}
