using AuthSidecar.Administration.Accounts;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuthSidecar.Tests.Administration.Accounts;

public sealed class LogInTests : IAsyncLifetime
{
    private AccountsFixture _accounts = null!;

    public async Task InitializeAsync() => _accounts = await AccountsFixture.StartAsync();

    public async Task DisposeAsync() => await _accounts.DisposeAsync();

    [Theory]
    [InlineData("alice")]
    [InlineData("ALICE")]
    public async Task RightPassword_IsALogin_InAnyCaseOfTheName(string name)
    {
        var alice = await _accounts.UserAsync("alice");

        var result = await _accounts.LogInAsync(name);

        Assert.Equal(
            (LoginFailure.None, alice.Id, false, null),
            (result.Failure, result.User?.Id, result.MustChangePassword, result.PreviousLoginAt)
        );
        Assert.Equal(Instant.Now(_accounts.Time), (await _accounts.LogInAsync(name)).PreviousLoginAt);
    }

    [Fact]
    public async Task UnknownWrongAndInactive_HaveOneAnswer()
    {
        await _accounts.UserAsync("alice");
        await _accounts.UserAsync("without", password: null);
        foreach (var status in new[] { UserStatus.Suspended, UserStatus.Dormant, UserStatus.Deleted })
        {
            var name = status.ToString();
            await _accounts.UserAsync(name);
            await _accounts.ChangeAsync(context => context.Users.SingleAsync(user => user.Name == name), user => user.Status = status);
        }

        foreach (
            var (name, password) in new[]
            {
                ("alice", "correct horse battery stapl"),
                ("alice", "correct horse battery staple "),
                ("alice", ""),
                ("alice", new string('x', 5_000)),
                ("nobody", AccountsFixture.Password),
                ("a\0b", AccountsFixture.Password),
                ("", AccountsFixture.Password),
                ("without", ""),
                ("without", AccountsFixture.Password),
                ("Suspended", AccountsFixture.Password),
                ("Dormant", AccountsFixture.Password),
                ("Deleted", AccountsFixture.Password),
            }
        )
        {
            Assert.Same(LoginResult.Invalid, await _accounts.LogInAsync(name, password, address: null));
        }
    }

    [Fact]
    public async Task SystemUser_WithAPasswordInTheStore_DoesNotLogIn()
    {
        var user = (await _accounts.Create.RunAsync(new("robot") { IsSystem = true }, CancellationToken.None)).Value;
        var hash = await _accounts.Hashing.HashAsync(AccountsFixture.Password, CancellationToken.None);
        await using (var context = _accounts.Store.Open())
        {
            context.UserCredentials.Add(new() { UserId = user.Id, Hash = hash! });
            await context.SaveChangesAsync();
        }

        Assert.Same(LoginResult.Invalid, await _accounts.LogInAsync("robot"));
    }

    [Fact]
    public async Task OneTimePassword_MustBeChanged_AndExpires()
    {
        await _accounts.UserAsync("alice");
        var reset = (await _accounts.ResetPassword.RunAsync("alice", CancellationToken.None)).Value;

        Assert.Same(LoginResult.Invalid, await _accounts.LogInAsync("alice"));
        Assert.True((await _accounts.LogInAsync("alice", reset.Password)).MustChangePassword);
        _accounts.Time.Advance(TimeSpan.FromHours(24));
        Assert.Same(LoginResult.Invalid, await _accounts.LogInAsync("alice", reset.Password));
    }

    [Fact]
    public async Task HashWithFewIterations_IsReplacedAtLogin()
    {
        await _accounts.UserAsync("alice");
        var old = new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = 1_000 }));
        await _accounts.ChangeAsync(
            context => context.UserCredentials.SingleAsync(),
            credential => credential.Hash = old.HashPassword(this, AccountsFixture.Password)
        );

        Assert.Equal(LoginFailure.None, (await _accounts.LogInAsync("alice")).Failure);

        await using var context = _accounts.Store.Open();
        var hash = Convert.FromBase64String((await context.UserCredentials.SingleAsync()).Hash);
        Assert.Equal((2, 210_000), (hash[4], (hash[6] << 16) | (hash[7] << 8) | hash[8]));
        Assert.Equal(LoginFailure.None, (await _accounts.LogInAsync("alice")).Failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not Base64")]
    [InlineData("AQ==")]
    public async Task BrokenHash_IsNoLogin(string hash)
    {
        await _accounts.UserAsync("alice");
        await _accounts.ChangeAsync(context => context.UserCredentials.SingleAsync(), credential => credential.Hash = hash);

        Assert.Same(LoginResult.Invalid, await _accounts.LogInAsync("alice"));
    }
}
