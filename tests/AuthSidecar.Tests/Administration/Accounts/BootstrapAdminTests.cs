using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Accounts;

public sealed class BootstrapAdminTests : IAsyncLifetime
{
    private readonly RecordingLogger<BootstrapAdmin> _log = new();
    private AccountsFixture _accounts = null!;

    public async Task InitializeAsync() => _accounts = await AccountsFixture.StartAsync();

    public async Task DisposeAsync() => await _accounts.DisposeAsync();

    [Fact]
    public async Task Processes_StartTogether_AndOneCreatesTheAdmin()
    {
        await using var another = SqliteStore.For(new(), Path.GetDirectoryName(_accounts.Store.Name)!, _accounts.Time);

        await Task.WhenAll(Make(_accounts.Store).StartAsync(default), Make(another).StartAsync(default));

        var result = await _accounts.LogInAsync("admin");
        Assert.Equal((LoginFailure.None, UserRole.Admin, false), (result.Failure, result.User?.Role, result.MustChangePassword));
        await using var context = _accounts.Store.Open();
        Assert.Equal(1, await context.Users.CountAsync());
        Assert.Single(_log.Entries, entry => entry.Message.Contains("Created the admin admin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ExistingUser_IsNotChanged()
    {
        await _accounts.UserAsync("Admin", password: null);

        await Make(_accounts.Store).StartAsync(default);

        await using var context = _accounts.Store.Open();
        Assert.Equal(UserRole.User, (await context.Users.SingleAsync()).Role);
        Assert.Empty(await context.UserCredentials.ToListAsync());
    }

    private BootstrapAdmin Make(Store store) =>
        new(
            store,
            new CreateUser(store, _accounts.Time),
            _accounts.Hashing,
            _accounts.Time,
            _log,
            new("admin", new(AccountsFixture.Password))
        );
}
