using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Rest;

/// <summary>The REST API on every store: concurrent changes, sessions, sums and facts of keys.</summary>
public abstract partial class PeopleApiContract : IAsyncLifetime
{
    private const int Writers = 8;

    private protected AdminHost Host { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Host = new(await StoreAsync());
        await Host.InitializeAsync();
    }

    public Task DisposeAsync() => Host.DisposeAsync();

    private protected abstract Task<StoreOptions> StoreAsync();

    /// <summary>Sends the same kind of request many times at once.</summary>
    /// <returns>Status, or status and code of the refusal; in order.</returns>
    private static async Task<string[]> AtOnceAsync(Func<int, Task<RestReply>> send) =>
        [
            .. (await Task.WhenAll(Enumerable.Range(0, Writers).Select(number => Task.Run(() => send(number)))))
                .Select(Word)
                .Order(StringComparer.Ordinal),
        ];

    private static string Word(RestReply reply) => reply.Status < 400 ? $"{reply.Status}" : reply.Problem();

    private static string[] OneOf(string winner, string others) => [winner, .. Enumerable.Repeat(others, Writers - 1)];
}

public sealed class SqlitePeopleApiTests : PeopleApiContract
{
    private protected override Task<StoreOptions> StoreAsync() => Task.FromResult(new StoreOptions());
}

[Needs("postgres")]
public sealed class PostgresPeopleApiTests : PeopleApiContract
{
    private protected override async Task<StoreOptions> StoreAsync() =>
        new() { Provider = "postgres", ConnectionString = new(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync()) };
}
