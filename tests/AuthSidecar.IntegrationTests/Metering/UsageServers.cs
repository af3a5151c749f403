using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pricing;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Service;
using AuthSidecar.IntegrationTests.Deployment;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.Metering;

/// <summary>Client, Envoy with the shipped configuration, sidecar with its store, and a provider of fixtures.</summary>
[SuppressMessage("Design", "CA1001", Justification = "DisposeAsync of the fixture does it.")]
public sealed class UsageServers : IAsyncLifetime
{
    // A port without a listener.
    private const int ClosedPort = 1;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly SidecarSandbox _sandbox = new();
    private readonly Dictionary<(EnvoyRelease Release, bool ShowsBodies), EnvoyServer> _envoys = [];
    private SettingsMonitor _settings = null!;
    private Sidecar _sidecar = null!;

    internal FixtureUpstream Upstream { get; private set; } = null!;

    internal IssuedKey Key { get; private set; } = null!;

    /// <summary>The address where services record.</summary>
    internal string Companion => _sidecar.Addresses[Listener.Companion];

    public async Task InitializeAsync()
    {
        Upstream = await FixtureUpstream.StartAsync();
        _sandbox.Settings["Providers"] = Each(name => new JsonObject { ["Dialect"] = name, ["Credential"] = "unused" });
        _sandbox.Settings["Policies"] = Each(name => new JsonObject
        {
            ["Provider"] = name,
            ["Endpoints"] = "any",
            ["Limit"] = new JsonObject { ["Permits"] = 0 },
        });
        _sandbox.Save();
        await using (var seeder = await KeySeeder.OpenAsync(_sandbox))
        {
            await seeder.AddUserAsync("ann");
            Key = await seeder.AddKeyAsync("ann", "full");
        }

        var source = new SettingsSource(_sandbox.ConfigFile, new Dictionary<string, string>(), [], _sandbox.Root);
        _settings = new(source, SettingsLoader.Load(source), TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
        _sidecar = await Sidecar.StartAsync(
            _settings,
            services => services.AddSingleton(new DecisionLog(TimeProvider.System, Stream.Null)),
            CancellationToken.None
        );
    }

    public async Task DisposeAsync()
    {
        foreach (var envoy in _envoys.Values)
        {
            await envoy.DisposeAsync();
        }

        await Upstream.DisposeAsync();
        await _sidecar.StopAsync(CancellationToken.None);
        await _sidecar.DisposeAsync();
        _settings.Dispose();
        _sandbox.Dispose();
    }

    /// <summary>Prices for some of the fixtures' models; other providers have none.</summary>
    internal async Task ImportPricesAsync(string lines)
    {
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        using var file = new StringReader(lines);
        Assert.Null((await new ImportPrices(seeder.Store, TimeProvider.System).RunAsync(file, CancellationToken.None)).Refusal);
    }

    /// <summary>A user with a budget, and a key.</summary>
    internal async Task<IssuedKey> AddSpenderAsync(long limitMicros)
    {
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        var name = $"u{Guid.NewGuid():N}";
        await seeder.AddUserAsync(name);
        Assert.Null(
            (
                await new SetBudget(seeder.Store, TimeProvider.System).RunAsync(BudgetScope.User, name, limitMicros, CancellationToken.None)
            ).Refusal
        );
        return await seeder.AddKeyAsync(name, "full");
    }

    /// <summary>A key with a limit of tokens a day.</summary>
    internal async Task<IssuedKey> AddLimitedAsync(long tokens)
    {
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        var wanted = new NewKey("ann") { Scopes = ["full"], TokenLimit = new(tokens, TimeSpan.FromDays(1)) };
        return (await new CreateKey(seeder.Store, seeder.Hasher, TimeProvider.System).RunAsync(wanted, CancellationToken.None)).Value;
    }

    /// <summary>A user's spending in this month.</summary>
    internal async Task<long> SpentAsync(IssuedKey key)
    {
        await using var context = _sidecar.Services.GetRequiredService<Store>().Open();
        return await context
            .Spends.Where(spend =>
                spend.Scope == BudgetScope.User && spend.SubjectId == key.Key.UserId && spend.PeriodId < BudgetPeriods.FirstWeek
            )
            .SumAsync(spend => spend.Micros);
    }

    /// <summary>Sends a request for a fixture and returns with the response's headers.</summary>
    /// <param name="release">The Envoy release.</param>
    /// <param name="client">Its connection is closed when it is disposed.</param>
    /// <param name="fixture">The fixture to serve.</param>
    /// <param name="how">The way of serving it; see the upstream.</param>
    /// <param name="token">The caller's token.</param>
    /// <param name="content">The request body; null: an empty object.</param>
    /// <param name="showsBody">Envoy shows the body to Check, as for lists of models.</param>
    /// <param name="leaves">Cancelled when the client disconnects.</param>
    internal async Task<HttpResponseMessage> SendAsync(
        EnvoyRelease release,
        HttpClient client,
        Fixture fixture,
        string how,
        string? token,
        HttpContent? content = null,
        bool showsBody = false,
        CancellationToken leaves = default
    )
    {
        var envoy = await EnvoyAsync(release, showsBody);
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"http://127.0.0.1:{envoy.Port("edge_http")}/{fixture.Api.Split('-')[0]}/x/{how}/{fixture.File}?key=nothing"
        )
        {
            Content = content ?? new StringContent("{}", MediaTypeHeaderValue.Parse("application/json")),
            Version = client.DefaultRequestVersion,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Authorization = token is null ? null : new("Bearer", token);
        request.Headers.UserAgent.ParseAdd("codex_cli_rs/0.46.0");
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaves);
    }

    /// <summary>The row of a response's request, once these sources have reported it.</summary>
    internal Task<UsageRow> RowAsync(HttpResponseMessage response, UsageFacts sources)
    {
        var id = response.Headers.GetValues("x-authsidecar-decision-id").Single();
        return RowAsync(row => row.DecisionId == id, row => row.Facts.HasFlag(sources));
    }

    /// <summary>The latest of these rows, once the condition holds.</summary>
    internal async Task<UsageRow> RowAsync(Expression<Func<UsageRow, bool>> which, Func<UsageRow, bool> isReady)
    {
        var store = _sidecar.Services.GetRequiredService<Store>();
        using var limit = new CancellationTokenSource(_patience);
        while (true)
        {
            await using var context = store.Open();
            var row = await context
                .Usage.AsNoTracking()
                .Where(which)
                .OrderByDescending(row => row.DecisionId)
                .FirstOrDefaultAsync(limit.Token);
            if (row is not null && isReady(row))
            {
                return row;
            }

            await Task.Delay(20, CancellationToken.None);
            Assert.False(limit.IsCancellationRequested, $"Only {row?.Facts} have reported.");
        }
    }

    /// <summary>Reports what the decision's report lacks.</summary>
    internal void Record(UsageReport report) => Assert.True(_sidecar.Services.GetRequiredService<UsageQueue>().Record(report));

    internal async Task ForgetObjectsAsync()
    {
        await using var context = _sidecar.Services.GetRequiredService<Store>().Open();
        await context.BilledObjects.ExecuteDeleteAsync();
    }

    internal static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(_patience);
        while (!isSo())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private static JsonObject Each(Func<string, JsonObject> make) =>
        new(((string[])["openai", "anthropic"]).Select(name => KeyValuePair.Create<string, JsonNode?>(name, make(name))));

    private async Task<EnvoyServer> EnvoyAsync(EnvoyRelease release, bool showsBodies)
    {
        if (!_envoys.TryGetValue((release, showsBodies), out var envoy))
        {
            const string Shows = "with_request_body: { max_request_bytes: 33554432, pack_as_bytes: true }";
            var shipped = EnvoyConfig.Patient(ShippedEnvoy.OverTcp);
            Assert.Contains(Shows, shipped, StringComparison.Ordinal);
            var config = EnvoyConfig.OnPorts(
                showsBodies ? shipped : shipped.Replace(Shows, "include_peer_certificate: false", StringComparison.Ordinal),
                (ShippedEnvoy.AdminPort, 0),
                (ShippedEnvoy.ListenerPort, 0),
                (ShippedEnvoy.CheckPort, new Uri(_sidecar.Addresses[Listener.Check]).Port),
                (ShippedEnvoy.CloserPort, ClosedPort),
                (ShippedEnvoy.RelayPort, ClosedPort),
                (ShippedEnvoy.UpstreamPort, Upstream.Port)
            );
            envoy = _envoys[(release, showsBodies)] = await EnvoyServer.StartAsync(release, config);
            await envoy.WaitUntilHealthyAsync("authsidecar_check");
        }

        return envoy;
    }
}
