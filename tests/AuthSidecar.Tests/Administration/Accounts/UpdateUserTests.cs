using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Tests.Administration.Accounts;

public sealed class UpdateUserTests : IAsyncLifetime
{
    private AccountsFixture _accounts = null!;

    public async Task InitializeAsync() => _accounts = await AccountsFixture.StartAsync();

    public async Task DisposeAsync() => await _accounts.DisposeAsync();

    /// <summary>D18: the console is never left without an admin.</summary>
    [Theory]
    [InlineData(null, "Suspended")]
    [InlineData(null, "Dormant")]
    [InlineData(null, "Deleted")]
    [InlineData("User", null)]
    [InlineData("User", "Active")]
    public async Task LastAdmin_StaysAnActiveAdmin_UnlessForced(string? role, string? status)
    {
        await _accounts.UserAsync("alice", null, UserRole.Admin);
        await _accounts.UserAsync("suspended", null, UserRole.Admin);
        await _accounts.Create.RunAsync(new("robot") { Role = UserRole.Admin, IsSystem = true }, CancellationToken.None);
        Assert.Null(await CodeAsync("suspended", new() { Status = UserStatus.Suspended }));
        var change = new UserChange { Role = Of<UserRole>(role), Status = Of<UserStatus>(status) };

        Assert.Equal("last_admin", await CodeAsync("alice", change));
        Assert.Null(await CodeAsync("robot", change));
        Assert.Null(await CodeAsync("alice", new() { Role = UserRole.Admin, Email = new("alice@example.com") }));
        Assert.Null(await CodeAsync("suspended", new() { Status = UserStatus.Active }));
        Assert.Null(await CodeAsync("alice", change));
        Assert.Equal("last_admin", await CodeAsync("suspended", change));
        Assert.Null(await CodeAsync("suspended", change, force: true));
    }

    /// <summary>An admin without a login, or with an expired one-time password, is no other admin.</summary>
    [Fact]
    public async Task LastAdminWhoCanLogIn_StaysAnActiveAdmin()
    {
        var suspended = new UserChange { Status = UserStatus.Suspended };
        var logins = new AdminLogins(_accounts.Store, _accounts.Time);
        await _accounts.UserAsync("bob", null, UserRole.Admin);
        await _accounts.UserAsync("carol", null, UserRole.Admin);
        Assert.True(await logins.AreMissingAsync(CancellationToken.None));
        Assert.Null(await CodeAsync("carol", suspended));
        Assert.Equal("last_admin", await CodeAsync("bob", suspended));

        await _accounts.UserAsync("alice", role: UserRole.Admin);
        Assert.Equal("last_admin", await CodeAsync("alice", suspended));
        Assert.Null((await _accounts.ResetPassword.RunAsync("bob", CancellationToken.None)).Refusal);
        _accounts.Time.Advance(OneTimePassword.Lifetime);
        Assert.Equal("last_admin", await CodeAsync("alice", suspended));
        Assert.False(await logins.AreMissingAsync(CancellationToken.None));

        Assert.Null((await _accounts.ResetPassword.RunAsync("bob", CancellationToken.None)).Refusal);
        Assert.Null(await CodeAsync("alice", suspended));
        _accounts.Time.Advance(OneTimePassword.Lifetime);
        Assert.True(await logins.AreMissingAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("Admin", null, false)]
    [InlineData(null, "Suspended", false)]
    [InlineData(null, "Deleted", false)]
    [InlineData("User", "Active", true)]
    [InlineData(null, null, true)]
    public async Task Sessions_EndWithTheRoleAndTheStatus(string? role, string? status, bool isLive)
    {
        var session = await _accounts.SessionAsync(await _accounts.UserAsync("alice", null));

        Assert.Null(
            await CodeAsync(
                "alice",
                new()
                {
                    Role = Of<UserRole>(role),
                    Status = Of<UserStatus>(status),
                    DisplayName = new("Alice Ñ."),
                }
            )
        );

        Assert.Equal(isLive, await _accounts.IsLiveAsync(session));
    }

    [Fact]
    public async Task OtherVersion_IsStale()
    {
        await _accounts.UserAsync("alice", null);
        var update = new UpdateUser(_accounts.Store, _accounts.Time);

        var refused = await update.RunAsync("alice", new() { Email = new("a@example.com") }, false, _ => false, CancellationToken.None);
        var changed = await update.RunAsync("alice", new() { Email = new("a@example.com") }, false, _ => true, CancellationToken.None);

        Assert.Equal("precondition_failed", refused.Refusal?.Code);
        Assert.Equal("a@example.com", changed.Value.Email);
    }

    [Fact]
    public async Task InvalidValues_AreRefused()
    {
        await _accounts.UserAsync("alice", null);

        Assert.Equal("invalid_argument", await CodeAsync("alice", new() { Email = new("alice") }));
        Assert.Equal("invalid_argument", await CodeAsync("alice", new() { DisplayName = new("a\u202eb") }));
        Assert.Equal("invalid_argument", await CodeAsync("alice", new() { DisplayName = new(new string('a', 129)) }));
        Assert.Equal("unknown_user", await CodeAsync("bob", new()));
    }

    private static T? Of<T>(string? word)
        where T : struct, Enum => word is null ? null : Enum.Parse<T>(word);

    private async Task<string?> CodeAsync(string name, UserChange change, bool force = false) =>
        (await new UpdateUser(_accounts.Store, _accounts.Time).RunAsync(name, change, force, null, CancellationToken.None)).Refusal?.Code;
}
