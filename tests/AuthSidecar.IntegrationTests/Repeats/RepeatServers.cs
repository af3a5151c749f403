using System.Text.Json;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Repeats;

/// <summary>
/// A client, Envoy with a retry policy for Check, two sidecars behind proxies (or one behind both), and an upstream that echoes.
/// </summary>
internal sealed class RepeatServers : IAsyncDisposable
{
    /// <summary>Everything for which Envoy can repeat a Check.</summary>
    public const string AnyReason =
        "5xx,reset,connect-failure,refused-stream,cancelled,deadline-exceeded,internal,resource-exhausted,unavailable";

    private readonly SidecarSandbox _sandbox = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };
    private KeySeeder _seeder = null!;

    public List<SidecarProcess> Sidecars { get; } = [];

    public List<HoldingProxy> Proxies { get; } = [];

    public EchoUpstream Upstream { get; private set; } = null!;

    public EnvoyServer Envoy { get; private set; } = null!;

    public IssuedKey Key { get; private set; } = null!;

    public Store Store => _seeder.Store;

    /// <param name="release">The Envoy release.</param>
    /// <param name="sidecars">1 or 2, with one store.</param>
    /// <param name="redis">Shared by the sidecars; null: none.</param>
    /// <param name="retryOn">Reasons of a repeat.</param>
    public static async Task<RepeatServers> StartAsync(
        EnvoyRelease release,
        int sidecars = 1,
        RedisServer? redis = null,
        string retryOn = AnyReason
    )
    {
        var servers = new RepeatServers();
        try
        {
            await servers.StartAsync(sidecars, redis);
            var config = Repository
                .Text("tests", "AuthSidecar.IntegrationTests", "Repeats", "repeats.yaml")
                .Replace("RETRY_ON", $"\"{retryOn}\"", StringComparison.Ordinal);
            servers.Envoy = await EnvoyServer.StartAsync(
                release,
                EnvoyConfig.OnPorts(config, (9001, servers.Proxies[0].Port), (9002, servers.Proxies[1].Port), (9100, servers.Upstream.Port))
            );
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, headers);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, $"http://127.0.0.1:{Envoy.Port("edge")}{path}");
        request.Headers.Authorization = new("Bearer", Key.Token);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await _client.SendAsync(request);
    }

    public static string DecisionOf(HttpResponseMessage response) => response.Headers.GetValues("x-authsidecar-decision-id").Single();

    public void Hold() => Proxies.ForEach(proxy => proxy.Hold());

    /// <summary>Loses the connections of the sidecar that has decided, and goes on with the other.</summary>
    public async Task LoseTheAnswerAsync()
    {
        await Eventually.TrueAsync(() => Task.FromResult(Decisions().Count > 0), "a sidecar has decided");
        var decider = Sidecars.FindIndex(sidecar => DecisionsOf(sidecar).Count > 0);
        if (Sidecars.Count == 2)
        {
            Proxies[1 - decider].Deliver();
            Proxies[decider].Lose();
        }
        else
        {
            Proxies.ForEach(proxy => proxy.Lose());
        }
    }

    /// <summary>Decisions in the logs of all sidecars, as <c>id decision</c>.</summary>
    public IReadOnlyList<string> Decisions() => [.. Sidecars.SelectMany(DecisionsOf)];

    public async Task<double> MetricAsync(string name)
    {
        var sum = 0.0;
        foreach (var sidecar in Sidecars)
        {
            var text = await _client.GetStringAsync(new Uri(sidecar.Console, "/metrics"));
            sum += Exposition
                .Parse(text)
                .Samples.Where(sample => sample.Key.StartsWith(name, StringComparison.Ordinal))
                .Sum(one => one.Value);
        }

        return sum;
    }

    /// <summary>Waits for this many usage rows, and returns all.</summary>
    public async Task<IReadOnlyList<UsageRow>> RowsAsync(int count)
    {
        await Eventually.TrueAsync(async () => (await UsageState.ReadAsync(Store)).Rows.Count >= count, $"{count} rows");
        return (await UsageState.ReadAsync(Store)).Rows;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await (Envoy?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var proxy in Proxies)
        {
            await proxy.DisposeAsync();
        }

        foreach (var sidecar in Sidecars)
        {
            await sidecar.DisposeAsync();
        }

        await (Upstream?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_seeder?.DisposeAsync() ?? ValueTask.CompletedTask);
        _sandbox.Dispose();
    }

    private static List<string> DecisionsOf(SidecarProcess sidecar) =>
        [
            .. sidecar
                .Output.Split('\n')
                .Where(line => line.Contains("\"event\":\"decision\"", StringComparison.Ordinal) && line.EndsWith('}'))
                .Select(line => JsonDocument.Parse(line).RootElement)
                .Select(line => $"{line.GetProperty("decision_id").GetString()} {line.GetProperty("decision").GetString()}"),
        ];

    private async Task StartAsync(int sidecars, RedisServer? redis)
    {
        Upstream = await EchoUpstream.StartAsync();
        _sandbox.Settings["Providers"] = JsonNode.Parse(
            $$"""{ "openai": { "Dialect": "openai", "Credential": "file:{{_sandbox.WriteSecret("provider", "not-used")}}" } }"""
        );
        _sandbox.Settings["Policies"] = JsonNode.Parse(
            """
            {
              "app": { "Scopes": ["apps:run"], "Limit": { "Permits": 1, "Window": "01:00:00" } },
              "llm": { "Provider": "openai", "Scopes": ["apps:run"], "Endpoints": "any", "Limit": { "Permits": 0 } },
              "ws": { "Scopes": ["apps:run"], "Limit": { "Permits": 0 } }
            }
            """
        );
        _sandbox.Settings["Rules"] = JsonNode.Parse(
            """
            [
              { "Path": "/ws/{**rest}", "Policy": "ws" },
              { "Path": "/v1/{**rest}", "Policy": "llm" },
              { "Path": "/{**rest}", "Policy": "app" }
            ]
            """
        );
        _sandbox.Settings["Limits"] = new JsonObject { ["WebSocketsPerUser"] = 1 };
        _sandbox.Settings["Redis"] = new JsonObject { ["ConnectionString"] = redis?.Address ?? "" };
        _sandbox.Save();
        _seeder = await KeySeeder.OpenAsync(_sandbox);
        await _seeder.AddUserAsync("ada");
        Key = await _seeder.AddKeyAsync("ada", "apps:run");
        for (var i = 0; i < sidecars; i++)
        {
            Sidecars.Add(await SidecarProcess.StartAsync(_sandbox, $"replica{i}"));
        }

        Proxies.AddRange([new(Sidecars[0].Check.Port), new(Sidecars[^1].Check.Port)]);
    }

    /// <summary>A budget of one user in millionths of the currency.</summary>
    public async Task SetBudgetAsync(long micros) =>
        Assert.Null(
            (await new SetBudget(Store, TimeProvider.System).RunAsync(BudgetScope.User, "ada", micros, CancellationToken.None)).Refusal
        );
}
