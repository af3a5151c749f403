using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.IntegrationTests.Deployment;
using AuthSidecar.IntegrationTests.Metering;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.Usage;

/// <summary>
/// A client, Envoy with the shipped files on other ports, the sidecar as a process, a provider of fixtures, and the resulting rows in the
/// store.
/// </summary>
internal sealed class UsageServers : IAsyncDisposable
{
    /// <summary>The sources that report a request of a metered route.</summary>
    public const UsageFacts Whole = UsageFacts.Decided | UsageFacts.Logged | UsageFacts.Observed;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private KeySeeder? _seeder;
    private EnvoyServer? _envoy;

    private UsageServers(SidecarSandbox sandbox) => Sandbox = sandbox;

    public SidecarSandbox Sandbox { get; }

    public FixtureUpstream Upstream { get; private set; } = null!;

    /// <summary>The upstream of WebSockets, when the servers were started with one.</summary>
    public EchoUpstream? Echo { get; private set; }

    public HttpClient Client { get; } =
        new(new SocketsHttpHandler { MaxConnectionsPerServer = 4096, UseProxy = false }) { Timeout = _patience };

    /// <summary>The sidecar that decides.</summary>
    public SidecarProcess Decider { get; private set; } = null!;

    /// <summary>The sidecar that receives observations and access logs: the same, or another.</summary>
    public SidecarProcess Receiver { get; private set; } = null!;

    public KeySeeder Seeder => _seeder!;

    /// <summary>A key with all scopes.</summary>
    public IssuedKey Key { get; private set; } = null!;

    public EnvoyServer Envoy => _envoy!;

    public int Port => Envoy.Port("edge_http");

    /// <param name="release">The Envoy release.</param>
    /// <param name="change">Changes the shipped settings.</param>
    /// <param name="hasTwo">Two sidecars, of which one decides and the other receives the reports.</param>
    /// <param name="echoes">The upstream echoes WebSockets instead of serving fixtures.</param>
    public static async Task<UsageServers> StartAsync(
        EnvoyRelease release,
        Action<SidecarSandbox>? change = null,
        bool hasTwo = false,
        bool echoes = false
    )
    {
        var servers = new UsageServers(new());
        try
        {
            await servers.StartAsync(change, echoes);
            servers._seeder = await KeySeeder.OpenAsync(servers.Sandbox);
            await servers.Seeder.AddUserAsync("ann");
            servers.Key = await servers.Seeder.AddKeyAsync("ann", "full");
            servers.Decider = servers.Receiver = await servers.StartSidecarAsync();
            servers.Receiver = hasTwo
                ? await SidecarProcess.StartAsync(
                    servers.Sandbox,
                    "told",
                    "--Listen:Check=http://127.0.0.1:0",
                    "--Listen:Closer=",
                    "--Listen:Relay="
                )
                : servers.Decider;
            await servers.StartEnvoyAsync(release);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// The data directory is on a small disk that only the sidecar can access; no other process creates keys or reads rows.
    /// </summary>
    /// <param name="megabytes">Size of the disk.</param>
    /// <param name="change">Changes the shipped settings.</param>
    public static async Task<UsageServers> StartBlindAsync(int megabytes, Action<SidecarSandbox> change)
    {
        var servers = new UsageServers(new());
        Directory.CreateDirectory(servers.Sandbox.DataDirectory);
        servers.Sandbox.Wrapper = SmallDisk.Wrapper(servers.Sandbox.DataDirectory, megabytes);
        try
        {
            await servers.StartAsync(change, echoes: false);
            servers.Decider = servers.Receiver = await servers.StartSidecarAsync();
            await servers.StartEnvoyAsync(EnvoyRelease.Newest);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Restarts it at the same address.</summary>
    public async Task StartAgainAsync()
    {
        await Decider.DisposeAsync();
        Decider = Receiver = await StartSidecarAsync();
    }

    /// <summary>Sends a request for a fixture and returns with the response's headers.</summary>
    public async Task<HttpResponseMessage> SendAsync(Fixture fixture, string how)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address($"{PathOf(fixture, how)}?q=not-to-be-kept"))
        {
            Content = new StringContent("{}", MediaTypeHeaderValue.Parse("application/json")),
        };
        request.Headers.Authorization = new("Bearer", Key.Token);
        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public Uri Address(string target) => new($"http://127.0.0.1:{Port}{target}");

    /// <summary>The route of the fixture's API; Gemini has no route in the shipped files and uses OpenAI's.</summary>
    public static string PathOf(Fixture fixture, string how) => $"/{PolicyOf(fixture)}/{PolicyOf(fixture)}/{how}/{fixture.File}";

    public static string PolicyOf(Fixture fixture) => fixture.Api == "anthropic" ? "anthropic" : "openai";

    public static string DecisionOf(HttpResponseMessage response) => response.Headers.GetValues("x-authsidecar-decision-id").Single();

    /// <summary>Waits for this many rows with reports of these sources, and returns all rows.</summary>
    public async Task<UsageState> UntilAsync(int count, UsageFacts facts)
    {
        var clock = Stopwatch.StartNew();
        while (await CountAsync(facts) < count)
        {
            Assert.True(
                clock.Elapsed < _patience,
                $"Within {_patience} not: {count} rows with {facts}. There are: {await DescribeAsync()}"
            );
            await Task.Delay(50);
        }

        return await UsageState.ReadAsync(Seeder.Store);
    }

    private async Task<int> CountAsync(UsageFacts facts)
    {
        await using var context = Seeder.Store.Open();
        return await context.Usage.CountAsync(row => (row.Facts & facts) == facts);
    }

    private async Task<string> DescribeAsync()
    {
        await using var context = Seeder.Store.Open();
        var rows = await context
            .Usage.GroupBy(row => row.Facts)
            .Select(group => new { Facts = group.Key, Count = group.Count() })
            .ToListAsync();
        var metrics = await Client.GetStringAsync(new Uri(Receiver.Console, "/metrics"));
        return string.Join("; ", rows.Select(row => $"{row.Count} with {row.Facts}"))
            + "\n"
            + string.Join(
                '\n',
                metrics
                    .Split('\n')
                    .Where(line =>
                        line.StartsWith("authsidecar_usage_", StringComparison.Ordinal)
                        || line.StartsWith("authsidecar_obs", StringComparison.Ordinal)
                        || line.StartsWith("authsidecar_access", StringComparison.Ordinal)
                    )
            );
    }

    /// <summary>Entries of Envoy's own access log for requests that the sidecar decided.</summary>
    public IReadOnlyList<LoggedRequest> Logged() =>
        [.. Envoy.Log.Where(line => line.StartsWith('{')).Select(LoggedRequest.Read).OfType<LoggedRequest>()];

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await (_envoy?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var sidecar in new[] { Decider, Receiver }.OfType<SidecarProcess>().Distinct())
        {
            await sidecar.DisposeAsync();
        }

        await (Upstream?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (Echo?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_seeder?.DisposeAsync() ?? ValueTask.CompletedTask);
        Sandbox.Dispose();
    }

    private async Task StartAsync(Action<SidecarSandbox>? change, bool echoes)
    {
        Upstream = await FixtureUpstream.StartAsync();
        Echo = echoes ? await EchoUpstream.StartAsync() : null;
        var shipped = JsonNode
            .Parse(
                Repository.Text("envoy", "authsidecar.json"),
                null,
                new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
            )!
            .AsObject();
        foreach (var section in new[] { "Providers", "Policies", "Rules" })
        {
            Sandbox.Settings[section] = shipped[section]!.DeepClone();
        }

        foreach (var provider in Sandbox.Settings["Providers"]!.AsObject())
        {
            provider.Value!["Credential"] = $"file:{Sandbox.WriteSecret("provider", "not-used")}";
        }

        var listen = Sandbox.Settings["Listen"]!;
        (listen["Check"], listen["Closer"], listen["Relay"]) = (
            $"http://127.0.0.1:{RedisServer.FreePort()}",
            "http://127.0.0.1:0",
            "http://127.0.0.1:0"
        );

        // The paths of fixtures are not those of a provider.
        foreach (var policy in Sandbox.Settings["Policies"]!.AsObject().Where(policy => policy.Value!["Provider"] is not null))
        {
            policy.Value!["Endpoints"] = "any";
        }

        Sandbox.Settings["Policies"]!["relay"]!["Relay"] = $"ws://127.0.0.1:{UpstreamPort}";
        Sandbox.Settings["Limits"] = new JsonObject { ["DefaultPermits"] = 0, ["FailedAuthPerMinute"] = 0 };
        change?.Invoke(Sandbox);
        Sandbox.Save();
    }

    private int UpstreamPort => Echo?.Port ?? Upstream.Port;

    private Task<SidecarProcess> StartSidecarAsync() => SidecarProcess.StartAsync(Sandbox);

    private async Task StartEnvoyAsync(EnvoyRelease release)
    {
        var patient = EnvoyConfig.Patient(ShippedEnvoy.OfManyClients);
        _envoy = await EnvoyServer.StartAsync(
            release,
            EnvoyConfig.OnPorts(
                WithStreamsTo(patient, Receiver.Check.Port),
                (ShippedEnvoy.AdminPort, 0),
                (ShippedEnvoy.ListenerPort, 0),
                (ShippedEnvoy.CheckPort, Decider.Check.Port),
                (ShippedEnvoy.CloserPort, Decider.Closer.Port),
                (ShippedEnvoy.RelayPort, Decider.ListenerAddress("relay").Port),
                (ShippedEnvoy.UpstreamPort, UpstreamPort)
            )
        );
        await _envoy.WaitUntilHealthyAsync("authsidecar_check");
    }

    private static string WithStreamsTo(string config, int port)
    {
        var shipped = $"port_value: {ShippedEnvoy.CheckPort} ";
        var at = config.IndexOf(
            shipped,
            config.IndexOf("- name: authsidecar_stream\n", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        return $"{config[..at]}port_value: {port} {config[(at + shipped.Length)..]}";
    }
}

/// <summary>A request in Envoy's own access log.</summary>
internal sealed record LoggedRequest(string DecisionId, DateTimeOffset Started, DateTimeOffset Ended)
{
    /// <returns>Null for a request without a decision.</returns>
    public static LoggedRequest? Read(string line)
    {
        using var entry = JsonDocument.Parse(line);
        var started = entry.RootElement.GetProperty("time").GetDateTimeOffset();
        return entry.RootElement.GetProperty("decision_id") is { ValueKind: JsonValueKind.String } id
            ? new(id.GetString()!, started, started.AddMilliseconds(entry.RootElement.GetProperty("duration_ms").GetInt64()))
            : null;
    }
}
