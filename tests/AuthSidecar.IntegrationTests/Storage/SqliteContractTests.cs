using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;

namespace AuthSidecar.IntegrationTests.Storage;

public sealed class SqliteContractTests : StoreContract
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;

    private protected override Store OpenStore() => SqliteStore.For(new(), _directory, TimeProvider.System);

    private protected override async Task<Store> OpenEmptyAsync()
    {
        var directory = Directory.CreateDirectory(Path.Combine(_directory, "empty")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(directory, "authsidecar.db"), []);
        return SqliteStore.For(new(), directory, TimeProvider.System);
    }

    private protected override Task CleanAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return Task.CompletedTask;
    }
}
