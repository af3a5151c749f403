using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Envoy.ExtProc;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.Usage.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.Metering;

/// <summary>Client, Envoy, sidecar and a provider of fixtures, and the usage reports of the observer.</summary>
[SuppressMessage("Design", "CA1001", Justification = "DisposeAsync of the fixture does it.")]
public sealed class ObservationServers : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly SidecarSandbox _sandbox = new();

    // A thousand requests may need it concurrently; one of them starts it.
    private readonly ConcurrentDictionary<EnvoyRelease, Lazy<Task<EnvoyServer>>> _envoys = new();
    private readonly ConcurrentDictionary<string, UsageReport> _reports = new(StringComparer.Ordinal);
    private readonly UsageQueue _queue = new(65_536);
    private SettingsMonitor _settings = null!;
    private Sidecar _sidecar = null!;
    private string _token = "";

    internal FixtureUpstream Upstream { get; private set; } = null!;

    internal HttpClient Client { get; } = new(new SocketsHttpHandler { MaxConnectionsPerServer = 4096 }) { Timeout = _patience };

    public async Task InitializeAsync()
    {
        Upstream = await FixtureUpstream.StartAsync();
        Configure(_sandbox.Settings);
        _sandbox.Save();
        await using (var seeder = await KeySeeder.OpenAsync(_sandbox))
        {
            await seeder.AddUserAsync("ann");
            _token = (await seeder.AddKeyAsync("ann", "full")).Token;
        }

        var source = new SettingsSource(_sandbox.ConfigFile, new Dictionary<string, string>(), [], _sandbox.Root);
        _settings = new(source, SettingsLoader.Load(source), TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
        _sidecar = await Sidecar.StartAsync(_settings, Replace, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        foreach (var envoy in _envoys.Values.Where(envoy => envoy.Value.IsCompletedSuccessfully))
        {
            await (await envoy.Value).DisposeAsync();
        }

        await Upstream.DisposeAsync();
        await _sidecar.StopAsync(CancellationToken.None);
        await _sidecar.DisposeAsync();
        _settings.Dispose();
        _sandbox.Dispose();
    }

    internal Task<EnvoyServer> EnvoyAsync(EnvoyRelease release) =>
        _envoys.GetOrAdd(release, _ => new(() => StartEnvoyAsync(release))).Value;

    /// <summary>Sends a request for a fixture and returns with the response's headers.</summary>
    internal async Task<HttpResponseMessage> SendAsync(EnvoyRelease release, Fixture fixture, string how, string listener = "observed")
    {
        var envoy = await EnvoyAsync(release);
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"http://127.0.0.1:{envoy.Port(listener)}/{PolicyOf(fixture)}/{how}/{fixture.File}"
        )
        {
            Content = new StringContent("{}", MediaTypeHeaderValue.Parse("application/json")),
        };
        request.Headers.Authorization = new("Bearer", _token);
        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The observer's report for the request of a response.</summary>
    internal async Task<UsageReport> PartAsync(HttpResponseMessage response)
    {
        var id = response.Headers.GetValues("x-authsidecar-decision-id").Single();
        using var limit = new CancellationTokenSource(_patience);
        while (true)
        {
            List<UsageReport> reports = [];
            _queue.TakeInto(reports, int.MaxValue);
            reports.ForEach(report => _reports[report.DecisionId] = report);
            if (_reports.TryGetValue(id, out var found))
            {
                return found;
            }

            await Task.Delay(5, limit.Token);
        }
    }

    internal static string PolicyOf(Fixture fixture) => fixture.Api.Split('-')[0];

    private static void Configure(JsonObject settings)
    {
        var policy = (string provider) =>
            new JsonObject
            {
                ["Provider"] = provider,
                ["Endpoints"] = "any",
                ["Limit"] = new JsonObject { ["Permits"] = 0 },
            };
        var provider = (string dialect) => new JsonObject { ["Dialect"] = dialect, ["Credential"] = "unused" };
        string[] names = ["openai", "anthropic", "gemini"];
        settings["Providers"] = new JsonObject(names.Select(name => KeyValuePair.Create<string, JsonNode?>(name, provider(name))));
        settings["Policies"] = new JsonObject(names.Select(name => KeyValuePair.Create<string, JsonNode?>(name, policy(name))));
        settings["Rules"] = new JsonArray([
            .. names.Select(name => new JsonObject { ["Path"] = $"/{name}/{{**rest}}", ["Policy"] = name }),
        ]);
    }

    private Task<EnvoyServer> StartEnvoyAsync(EnvoyRelease release)
    {
        var config = Repository.Text("tests", "AuthSidecar.IntegrationTests", "Metering", "metering.yaml");
        var port = new Uri(_sidecar.Addresses[Listener.Check]).Port;
        return EnvoyServer.StartAsync(release, EnvoyConfig.OnPorts(config, (9001, port), (9100, Upstream.Port)));
    }

    private void Replace(IServiceCollection services)
    {
        services.AddSingleton(new DecisionLog(TimeProvider.System, Stream.Null));
        services.AddSingleton(provider => new ObserverUsageReporter(_queue, provider.GetRequiredService<ObserverMetrics>()));
    }
}
