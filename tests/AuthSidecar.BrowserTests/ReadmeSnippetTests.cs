using System.Text.Json;
using System.Text.Json.Nodes;
using AuthSidecar.BrowserTests.Clients;
using AuthSidecar.BrowserTests.Servers;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.BrowserTests;

/// <summary>The snippets of docs/guides/websockets.md, verbatim, in a page and in node, on the newest Envoy.</summary>
[Collection(SocketGroup.Name)]
public sealed class ReadmeSnippetTests(SocketServers servers)
{
    private const string Subprotocol = "ws-browser-subprotocol";
    private const string Query = "ws-browser-query";
    private const string FirstMessage = "ws-browser-first-message";
    private const string Node = "ws-node";
    private static readonly Readme _guide = new("docs", "guides", "websockets.md");
    private static readonly string _scenario = Repository.Text("tests", "AuthSidecar.BrowserTests", "scenario.js");
    private static readonly ShownToken _good = new("{key.good}");
    private static readonly ShownToken _expired = new("{key.expired}");

    [RequiresTheory("envoy", "chromium", "ws")]
    [InlineData(Subprotocol, SocketPolicies.Close)]
    [InlineData(Query, SocketPolicies.Close)]
    [InlineData(FirstMessage, SocketPolicies.Relayed)]
    [InlineData(Node, SocketPolicies.Close)]
    [InlineData(Node, SocketPolicies.Http)]
    public async Task EachCode_LeadsToItsStep(string snippet, string mode)
    {
        var tokens = new[] { _good, new("{key.revoked}"), new("{key.spent}"), new("{key.narrow}"), new("malformed") };

        var ends = await Task.WhenAll(tokens.Select(token => RunAsync(snippet, mode, "plain", token)));

        Assert.Equal(
            [
                new("done", 1000, "done", Received: 2),
                new("login", 4004, "token_revoked"),
                new("budget", 4002, "budget_exceeded"),
                new("stop", 1008, "insufficient_scope"),
                new("stop", 1008, "invalid_token"),
            ],
            ends
        );
    }

    [RequiresTheory("envoy", "chromium", "ws")]
    [InlineData(Subprotocol, SocketPolicies.Close)]
    [InlineData(Query, SocketPolicies.Close)]
    [InlineData(FirstMessage, SocketPolicies.Relayed)]
    [InlineData(Node, SocketPolicies.Close)]
    [InlineData(Node, SocketPolicies.Http)]
    public async Task AnExpiredToken_IsRefreshed(string snippet, string mode) =>
        Assert.Equal(
            new("done", 1000, "done", Refreshed: 1, Waited: 1, Received: 2),
            await RunAsync(snippet, mode, "plain", _expired, _good)
        );

    /// <summary>A page sees only 1006 for a refused handshake, so its script must check the expiry of the token itself.</summary>
    [RequiresTheory("envoy", "chromium")]
    [InlineData(Subprotocol)]
    [InlineData(Query)]
    public async Task AnExpiredToken_IsRefreshed_WhereAPageSeesNoReason(string snippet) =>
        Assert.Equal(
            new("done", 1000, "done", Refreshed: 1, Waited: 1, Received: 2),
            await RunAsync(snippet, SocketPolicies.Http, "plain", _expired with { ExpiresAt = DateTimeOffset.UnixEpoch }, _good)
        );

    [RequiresTheory("envoy", "chromium", "ws")]
    [InlineData(Subprotocol, SocketPolicies.Close)]
    [InlineData(Subprotocol, SocketPolicies.Http)]
    [InlineData(Node, SocketPolicies.Close)]
    [InlineData(Node, SocketPolicies.Http)]
    public async Task TransientRefusal_IsRetried(string snippet, string mode) =>
        Assert.Equal(new("impatient", 0, "", Waited: 3), await RunAsync(snippet, mode, "app-error", _good));

    /// <summary>Envoy cuts a WebSocket without a code when its token expires; the relay closes it with 4001.</summary>
    [RequiresFact("envoy", "chromium", "ws")]
    public async Task ASocketThatOutlivesItsToken_IsOpenedAgainWithANewOne()
    {
        var ends = await RunAsync(TimeSpan.FromSeconds(10));

        Assert.All(ends, end => Assert.Equal(new("done", 1000, "done", Refreshed: 1, Waited: 1, Received: 4), end));
    }

    // A page that loads more slowly than the token lives hears less from its first socket.
    private async Task<IReadOnlyList<ScenarioEnd>> RunAsync(TimeSpan life)
    {
        var token = await ShortAsync(life);
        var ends = await Task.WhenAll(
            RunAsync(Subprotocol, SocketPolicies.Close, "plain", token, _good),
            RunAsync(Query, SocketPolicies.Http, "plain", token, _good),
            RunAsync(FirstMessage, SocketPolicies.Relayed, "plain", token, _good),
            RunAsync(Node, SocketPolicies.Http, "plain", token, _good)
        );
        return life < TimeSpan.FromMinutes(1) && ends.Any(end => end.Received < 4) ? await RunAsync(2 * life) : ends;
    }

    private async Task<ScenarioEnd> RunAsync(string snippet, string mode, string policy, params ShownToken[] tokens)
    {
        var edge = await servers.EdgeAsync(EnvoyRelease.Newest);
        var argument = new
        {
            Address = edge.Socket(servers.NewPath(policy, mode)),
            Tokens = tokens.Select(token => new
            {
                Value = edge.Vocabulary.Resolve(token.Value),
                ExpiresAt = token.ExpiresAt.ToUnixTimeMilliseconds(),
            }),
            Patience = 2,
        };
        var program = $"{Block(snippet)}\n{Block("ws-reconnect")}\n{_scenario}";
        var end =
            snippet == Node
                ? await NodeClient.RunModuleAsync(
                    $"{program}\nconsole.log(await run({JsonSerializer.Serialize(argument, JsonSerializerOptions.Web)}));"
                )
                : await (await servers.BrowserAsync()).EvaluateAsync(
                    edge.Page,
                    $"(argument) => {{ {program}\nreturn run(argument); }}",
                    argument
                );
        return JsonSerializer.Deserialize<ScenarioEnd>(end, JsonSerializerOptions.Web)!;
    }

    private static string Block(string name) =>
        _guide.Blocks().TryGetValue(name, out var text) ? text : throw new InvalidOperationException($"The guide has no block \"{name}\".");

    private static async Task<ShownToken> ShortAsync(TimeSpan life)
    {
        var issuer = await LoopbackIssuer.SharedAsync();
        var end = DateTimeOffset.FromUnixTimeSeconds((DateTimeOffset.UtcNow + life).ToUnixTimeSeconds());
        return new(
            issuer
                .Keys[0]
                .Sign(
                    new JsonObject
                    {
                        ["iss"] = $"{issuer.Address}/accounts",
                        ["aud"] = "llm",
                        ["sub"] = "alice",
                        ["exp"] = end.ToUnixTimeSeconds(),
                        ["scope"] = "llm:invoke",
                    }
                )
        )
        {
            ExpiresAt = end,
        };
    }

    /// <summary>A token and its expiry, with placeholders of the corpus in braces.</summary>
    private sealed record ShownToken(string Value)
    {
        public DateTimeOffset ExpiresAt { get; init; } = DateTimeOffset.UtcNow.AddHours(1);
    }

    /// <summary>The result that the application of scenario.js reports.</summary>
    private sealed record ScenarioEnd(string Step, int Code, string Reason, int Refreshed = 0, int Waited = 0, int Received = 0);
}
