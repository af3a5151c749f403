using AuthSidecar.BrowserTests.Clients;
using AuthSidecar.BrowserTests.Servers;
using AuthSidecar.TestKit;

namespace AuthSidecar.BrowserTests;

/// <summary>What clients that can set headers and read a refused handshake learn of each refusal: ws for node, and .NET's own.</summary>
public sealed class ProgramRefusalTests(SocketServers servers) : RefusalTests(servers)
{
    private static readonly TokenPlace[] _places = Enum.GetValues<TokenPlace>();
    private static readonly SocketClient _node = new((_, calls) => NodeClient.OpenAsync(calls), ReadsStatus: true, WantsAnAnswer: true);
    private static readonly SocketClient _dotNet = new(async (_, calls) => await Task.WhenAll(calls.Select(call => DotNetClient.OpenAsync(call))), ReadsStatus: true, WantsAnAnswer: false);

    [RequiresTheory("envoy", "ws")]
    [InlineData("http")]
    [InlineData("close")]
    public Task NodeAndTheNewestEnvoy(string mode) => JudgeAsync(_node, EnvoyRelease.Newest, mode, Refusals.All, _places);

    [RequiresTheory("envoy-old", "ws")]
    [InlineData("http")]
    [InlineData("close")]
    public Task NodeAndTheOldestEnvoy(string mode) => JudgeAsync(_node, EnvoyRelease.Oldest, mode, Refusals.All, _places);

    [RequiresTheory("envoy")]
    [InlineData("http")]
    [InlineData("close")]
    public Task DotNetAndTheNewestEnvoy(string mode) => JudgeAsync(_dotNet, EnvoyRelease.Newest, mode, Refusals.All, _places);

    [RequiresTheory("envoy-old")]
    [InlineData("http")]
    [InlineData("close")]
    public Task DotNetAndTheOldestEnvoy(string mode) => JudgeAsync(_dotNet, EnvoyRelease.Oldest, mode, Refusals.All, _places);
}
