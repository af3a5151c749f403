using System.Text.Json;
using AuthSidecar.BrowserTests.Clients;
using AuthSidecar.BrowserTests.Servers;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.BrowserTests;

/// <summary>
/// A WebSocket with a valid token reaches the application and carries messages both ways. The token never reaches the application.
/// </summary>
[Collection(SocketGroup.Name)]
public sealed class AllowedTests(SocketServers servers)
{
    private const string Token = "{key.good}";

    [RequiresTheory("envoy", "chromium")]
    [InlineData(EnvoyRelease.Newest, false)]
    [InlineData(EnvoyRelease.Newest, true)]
    public Task FromAPage(EnvoyRelease release, bool isEncrypted) => FromAPageAsync(release, isEncrypted);

    [RequiresTheory("envoy-old", "chromium")]
    [InlineData(EnvoyRelease.Oldest, false)]
    [InlineData(EnvoyRelease.Oldest, true)]
    public Task FromAPage_ThroughTheOldestEnvoy(EnvoyRelease release, bool isEncrypted) => FromAPageAsync(release, isEncrypted);

    [RequiresFact("envoy", "ws")]
    public Task FromNode() =>
        JudgeAsync(EnvoyRelease.Newest, isEncrypted: false, Enum.GetValues<TokenPosition>(), (_, calls) => NodeClient.OpenAsync(calls));

    [Theory, NewestEnvoy, OldestEnvoy]
    public Task FromDotNet(EnvoyRelease release) =>
        JudgeAsync(release, isEncrypted: false, Enum.GetValues<TokenPosition>(), async (_, calls) =>
            await Task.WhenAll(calls.Select(call => DotNetClient.OpenAsync(call)))
        );

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task FromDotNet_OverHttp2(EnvoyRelease release)
    {
        using var http2 = DotNetClient.Http2(servers.IsOurs);

        await JudgeAsync(
            release,
            isEncrypted: true,
            Enum.GetValues<TokenPosition>(),
            async (_, calls) => await Task.WhenAll(calls.Select(call => DotNetClient.OpenAsync(call, http2))),
            receivesClose: false
        );
    }

    private async Task FromAPageAsync(EnvoyRelease release, bool isEncrypted)
    {
        var browser = await servers.BrowserAsync();
        await JudgeAsync(release, isEncrypted, [TokenPosition.Subprotocol, TokenPosition.Query], (edge, calls) =>
            browser.OpenAsync(edge.Page, calls)
        );
    }

    private async Task JudgeAsync(
        EnvoyRelease release,
        bool isEncrypted,
        IReadOnlyList<TokenPosition> positions,
        Func<SocketEdge, IReadOnlyList<SocketCall>, Task<IReadOnlyList<SeenSocket>>> openAsync,
        bool receivesClose = true
    )
    {
        var edge = await servers.EdgeAsync(release, isEncrypted: isEncrypted);
        var token = edge.Vocabulary.Resolve(Token);
        var paths = SocketPolicies
            .Modes.SelectMany(mode => positions.Select(position => (Path: servers.NewPath("plain", mode), Position: position)))
            .ToList();
        var calls = paths
            .Select(path =>
                new SocketCall(edge.Socket(path.Path))
                {
                    Protocols = ["chat", "other"],
                    First = "hello",
                    Wanted = 2,
                }.With(token, path.Position)
            )
            .ToList();

        var seen = await openAsync(edge, calls);

        foreach (var ((path, _), socket) in paths.Zip(seen))
        {
            Assert.Equal((true, "chat"), (socket.Opened, socket.Protocol));

            // When the application has closed, Envoy resets the HTTP/2 stream, and .NET discards the close frame that it has not read yet.
            Assert.True(!receivesClose || (socket.Code, socket.Reason) == (1000, "done"), $"{socket.Code} {socket.Reason}");
            Assert.Equal("hello", socket.Messages[1]);
            var echoed = JsonSerializer.Deserialize<EchoedRequest>(socket.Messages[0])!;
            Assert.Equal(path, echoed.Target);
            Assert.DoesNotContain(token, socket.Messages[0], StringComparison.Ordinal);
            Assert.Equal(
                "chat,other",
                string.Join(',', echoed.Values("sec-websocket-protocol")).Replace(" ", "", StringComparison.Ordinal)
            );
            Assert.Equal(edge.Vocabulary.Resolve("{key.good.id}"), Assert.Single(echoed.Values("x-authsidecar-caller-key-id")));

            // Over HTTP/2 no client sends a key, and the application's HTTP/1.1 server requires one (RFC 8441 5, RFC 6455 4.2.1).
            Assert.Equal("HTTP/1.1", echoed.Protocol);
            Assert.NotEmpty(Assert.Single(echoed.Values("sec-websocket-key")));
            var log = await edge.LogAsync(path);
            Assert.Equal((isEncrypted ? "HTTP/2" : "HTTP/1.1", "allow"), ((string?)log["protocol"], (string?)log["decision"]));
        }
    }
}
