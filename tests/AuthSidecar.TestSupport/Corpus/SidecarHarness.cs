using System.Text.Json.Nodes;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Usage.Reporting;
using AuthSidecar.WebSockets.Closer;
using AuthSidecar.WebSockets.Leases;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Grpc.Net.Client;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>A real sidecar under one configuration of the corpus, with the accounts of people.json in its own store.</summary>
internal sealed class SidecarHarness : IAsyncDisposable
{
    private readonly string _directory;
    private readonly SettingsMonitor _settings;
    private readonly Sidecar _sidecar;
    private readonly AclServer _acl;
    private readonly GrpcChannel _channel;
    private readonly global::Envoy.Service.Auth.V3.Authorization.AuthorizationClient _client;

    private SidecarHarness(string directory, SettingsMonitor settings, Sidecar sidecar, AclServer acl, Vocabulary vocabulary)
    {
        (_directory, _settings, _sidecar, _acl, Vocabulary) = (directory, settings, sidecar, acl, vocabulary);
        _channel = GrpcChannel.ForAddress(sidecar.Addresses[Listener.Check]);
        _client = new(_channel);
    }

    public Vocabulary Vocabulary { get; }

    public IServiceProvider Services => _sidecar.Services;

    /// <summary>Usage rows reported by decisions; null when they are reported to the store.</summary>
    public ReportedRows? Rows { get; set; }

    public int CheckPort => new Uri(_sidecar.Addresses[Listener.Check]).Port;

    public string ConsoleAddress => _sidecar.Addresses[Listener.Console];

    public int CloserPort => new Uri(_sidecar.Addresses[Listener.Closer]).Port;

    /// <summary>Null when the configuration has no relay.</summary>
    public int RelayPort => new Uri(_sidecar.Addresses[Listener.Relay]).Port;

    /// <param name="name">Name of the configuration.</param>
    /// <param name="change">Changes the configuration, for tests outside the corpus.</param>
    /// <param name="replace">Replaces services, such as a step by one that fails.</param>
    public static async Task<SidecarHarness> StartAsync(
        string name,
        Action<JsonObject>? change = null,
        Action<IServiceCollection>? replace = null
    )
    {
        var directory = Directory.CreateTempSubdirectory("authsidecar-cases-").FullName;
        var written = CorpusFiles.Settings(name);
        written["DataDirectory"] = Path.Combine(directory, "data");
        written["Listen"] = new JsonObject
        {
            ["Check"] = "http://127.0.0.1:0",
            ["Companion"] = "http://127.0.0.1:0",
            ["Console"] = "http://127.0.0.1:0",
            ["Closer"] = "http://127.0.0.1:0",
            ["TrustNetwork"] = true,
        };
        var acl = await AclServer.StartAsync();
        written["Apps"]!["AclUri"] = acl.Address;
        written["WarmUp"] = new JsonObject { ["MaxSeconds"] = 0 };
        written["Shutdown"] = new JsonObject { ["DrainSeconds"] = 0 };
        change?.Invoke(written);
        var file = Path.Combine(directory, "authsidecar.json");
        var jwts = await JwtSeedData.SharedAsync();
        await File.WriteAllTextAsync(file, written.ToJsonString().Replace("{issuer}", jwts.Issuer, StringComparison.Ordinal));

        var source = new SettingsSource(file, new Dictionary<string, string>(), [], directory);
        var loaded = SettingsLoader.Load(source);
        Assert.True(loaded.Settings is not null, string.Join('\n', loaded.Errors));
        var settings = new SettingsMonitor(source, loaded, TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
        var sidecar = await Sidecar.StartAsync(settings, (Action<IServiceCollection>)Replace + replace, CancellationToken.None);
        var seed = await PeopleSeeder.RunAsync(sidecar.Services, CorpusFiles.People);
        var harness = new SidecarHarness(directory, settings, sidecar, acl, new(seed, jwts, written));
        if (name == "store-gone")
        {
            await harness.DropTablesAsync();
        }

        return harness;
    }

    /// <summary>Runs reader, steps and writer without gRPC.</summary>
    public async Task<CheckResponse> RunAsync(CheckRequest request)
    {
        var check = new CheckContext(CheckRequestReader.Read(request.ToByteArray()), DecisionIds.Next(TimeProvider.System));
        var found = await _sidecar.Services.GetRequiredService<CheckPipeline>().RunAsync(check, CancellationToken.None);
        var decision = _sidecar.Services.GetRequiredService<CloserRoute>().Redirect(check, found);
        _sidecar.Services.GetRequiredService<DecisionUsageReporter>().Report(check, decision, TimeSpan.Zero);
        return Signed(_sidecar.Services.GetRequiredService<CheckResponseWriter>().Write(check, decision).ToMessage());
    }

    public async Task<CheckResponse> CallAsync(CheckRequest request) =>
        Signed(await _client.CheckAsync(request, deadline: DateTime.UtcNow.AddSeconds(10)));

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _sidecar.StopAsync(CancellationToken.None);
        await _sidecar.DisposeAsync();
        await _acl.DisposeAsync();
        _settings.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    // Applies to answers prepared for an earlier request too.
    private CheckResponse Signed(CheckResponse answer)
    {
        Assert.True(
            _sidecar.Services.GetRequiredService<DecisionMacs>().IsValid(DecisionFacts.Of(answer.DynamicMetadata)),
            "The MAC of the metadata is wrong."
        );
        return answer;
    }

    // An earlier case may have used up a limit of a few seconds, which would be replenished in the middle of a later one.
    private static void Replace(IServiceCollection services)
    {
        var standing = new FrozenTimestampTime();
        services
            .AddSingleton(new DecisionLog(TimeProvider.System, Stream.Null))
            .AddSingleton(new LeaseTable(standing))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<FailedAuthThrottle>(provider, standing));
    }

    private async Task DropTablesAsync()
    {
        await using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(_directory, "data", "authsidecar.db")};Foreign Keys=False;Pooling=False"
        );
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT 'DROP TABLE \"' || name || '\";' FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        var drops = new List<string>();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                drops.Add(reader.GetString(0));
            }
        }

        Assert.NotEmpty(drops);
        command.CommandText = string.Concat(drops);
        await command.ExecuteNonQueryAsync();
    }
}
