using System.Data.Common;
using System.Text;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Text;
using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Postgres;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.IntegrationTests.Devices;

/// <summary>The device flow on every store: each grant begins on one replica, is approved on another and collected on a third.</summary>
public abstract partial class GrantContract : IAsyncLifetime
{
    private const int AtOnce = 16;
    private static readonly string Pepper = "a pepper for tests";

    private protected FakeTimeProvider Time { get; } = new(new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    private protected KeyHasher Hasher { get; } = new([new Secret(Pepper)]);

    private protected DeviceOptions Options { get; } =
        new()
        {
            Clients =
            [
                new()
                {
                    Id = "ci",
                    Title = "Build server",
                    Scopes = ["llm:invoke", "files:read"],
                },
                new() { Id = "other" },
            ],
        };

    private protected DeviceReplica First { get; private set; } = null!;

    private protected DeviceReplica Second { get; private set; } = null!;

    private protected DeviceReplica Third { get; private set; } = null!;

    private protected User Ada { get; private set; } = null!;

    private Approver ByAda => new() { UserId = Ada.Id, Address = "192.0.2.7" };

    public async Task InitializeAsync()
    {
        await PrepareAsync();
        (First, Second, Third) = (Replica(), Replica(), Replica());
        await First.Store.MigrateAsync(CancellationToken.None);
        Ada = (await new CreateUser(First.Store, Time).RunAsync(new("ada") { Email = "Ada@Example.com" }, CancellationToken.None)).Value;
    }

    public async Task DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        await Third.DisposeAsync();
        await CleanAsync();
    }

    private protected virtual Task PrepareAsync() => Task.CompletedTask;

    private protected virtual Task CleanAsync() => Task.CompletedTask;

    /// <summary>True where a transaction that writes waits for the end of another one.</summary>
    private protected abstract bool IsSerial { get; }

    private protected abstract Store OpenStore(params IInterceptor[] interceptors);

    private protected DeviceReplica Replica(params IInterceptor[] interceptors) => new(OpenStore(interceptors), Hasher, Options, Time);

    private protected static NewGrant Wanted(string label = "a laptop", string? scope = null, string client = "ci") =>
        new(client, label, scope, "192.0.2.1", "curl/8");

    private protected async Task<StartedGrant> StartAsync(string label = "a laptop", string? scope = null, string client = "ci") =>
        (await First.StartAsync(Wanted(label, scope, client))).Value;

    /// <summary>Waits for the interval, then polls.</summary>
    private protected async Task<Collected> PollAsync(DeviceReplica replica, StartedGrant grant)
    {
        Time.Advance(grant.Interval);
        return await replica.CollectAsync(grant.DeviceCode);
    }

    private protected async Task<List<ApiKey>> KeysAsync()
    {
        await using var context = Third.Store.Open();
        return await context.ApiKeys.AsNoTracking().OrderBy(key => key.CreatedAt).ToListAsync();
    }

    private protected async Task<DeviceGrant> RowAsync()
    {
        await using var context = Third.Store.Open();
        return await context.DeviceGrants.AsNoTracking().SingleAsync();
    }

    private protected async Task<string[]> EventsAsync()
    {
        await using var context = Third.Store.Open();
        var rows = await context
            .AuditEvents.Where(row => row.TargetKind == "device" || row.TargetKind == "key")
            .OrderBy(row => row.Sequence)
            .ToListAsync();
        return [.. rows.Select(row => row.Action)];
    }

    /// <summary>All values of all tables, bytes also as text and as hexadecimal digits.</summary>
    private protected async Task<string> DumpAsync()
    {
        await using var context = Third.Store.Open();
        var dump = new StringBuilder();
        await context.Database.OpenConnectionAsync();
        foreach (var table in context.Model.GetEntityTypes().Select(type => type.GetTableName()).OfType<string>().Distinct())
        {
            await using var command = context.Database.GetDbConnection().CreateCommand();
            command.CommandText = $"SELECT * FROM \"{table}\"";
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                dump.Append('\n').Append(table).AppendJoin(' ', Values(reader));
            }
        }

        return dump.ToString();
    }

    private static IEnumerable<string> Values(DbDataReader reader) =>
        Enumerable
            .Range(0, reader.FieldCount)
            .Select(column =>
                reader.GetValue(column) is byte[] bytes
                    ? $"{Encoding.Latin1.GetString(bytes)} {Convert.ToHexString(bytes)}"
                    : $"{reader.GetValue(column)}"
            );
}

public sealed class SqliteGrantTests : GrantContract
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;

    private protected override bool IsSerial => true;

    private protected override Store OpenStore(params IInterceptor[] interceptors) =>
        SqliteStore.For(new(), _directory, Time, interceptors);

    private protected override Task CleanAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return Task.CompletedTask;
    }
}

[Needs("postgres")]
public sealed class PostgresGrantTests : GrantContract
{
    private string _database = "";

    private protected override async Task PrepareAsync() => _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    private protected override bool IsSerial => false;

    private protected override Store OpenStore(params IInterceptor[] interceptors) =>
        PostgresStore.For(new() { Provider = "postgres", ConnectionString = new Secret(_database) }, Time, interceptors);
}
