using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Accounts;

public sealed class PasswordTests : IAsyncLifetime
{
    private const string Another = "four unrelated lamps whisper";
    private AccountsFixture _accounts = null!;

    public async Task InitializeAsync() => _accounts = await AccountsFixture.StartAsync();

    public async Task DisposeAsync() => await _accounts.DisposeAsync();

    [Theory]
    [InlineData("", "has 0 of at least 15")]
    [InlineData("Tr0ub4dor&3xyz", "has 14 of at least 15")]
    [InlineData("ééééééééééé😀😀", "has 13 of at least 15")]
    [InlineData("aaaaaaaaaaaaaaaaaaaa", "easy to guess")]
    [InlineData("passwordpassword", "easy to guess")]
    [InlineData("123456789012345", "easy to guess")]
    [InlineData("qwertyuiopasdfgh", "easy to guess")]
    [InlineData("alice.liddell1", "of at least 15")]
    [InlineData("aliceliddellalice", "easy to guess")]
    [InlineData("authsidecarauthsidecar", "easy to guess")]
    public void WeakPassword_IsRefusedWithItsReason(string password, string reason) =>
        Assert.Contains(reason, PasswordRules.ErrorOf(password, "alice.liddell", "alice@example.com"), StringComparison.Ordinal);

    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("   spaces around it, kept   ")]
    [InlineData("ключ от квартиры где деньги")]
    [InlineData("x7$Kq9!mZp2#Lw4")]
    public void OtherPasswords_AreTakenAsTheyAre(string password) => Assert.Null(PasswordRules.ErrorOf(password, "alice"));

    [Fact]
    public void LongestPassword_Has1024Characters()
    {
        var text = string.Concat(Enumerable.Repeat("correct horse battery staple ", 40));

        Assert.Null(PasswordRules.ErrorOf(text[..1024], "alice"));
        Assert.Contains("longer than 1024", PasswordRules.ErrorOf(text[..1025], "alice"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FullQueue_IsBusy_AndRecovers()
    {
        using var hashing = new PasswordHashing();

        var hashes = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => hashing.HashAsync("a", CancellationToken.None)));

        // Hashes that end while others are asked for make room.
        Assert.InRange(hashes.Count(hash => hash is null), 1, 18);
        var made = hashes.First(hash => hash is not null);
        Assert.Equal(PasswordVerdict.Right, await hashing.VerifyAsync(made, "a", CancellationToken.None));
        Assert.Equal(PasswordVerdict.Wrong, await hashing.VerifyAsync(made, "A", CancellationToken.None));
        Assert.Equal(PasswordVerdict.Wrong, await hashing.VerifyAsync(null, "a", CancellationToken.None));
    }

    [Fact]
    public async Task Estimates_WaitInTheQueueOfTheHashes()
    {
        using var gate = new ManualResetEventSlim();
        using var hashing = new PasswordHashing(new Gated(gate));
        var running = Enumerable
            .Range(0, PasswordHashing.MostAtOnce + PasswordHashing.LongestQueue)
            .Select(_ => hashing.HashAsync("a", CancellationToken.None))
            .ToList();

        Assert.Equal("busy", (await hashing.RefuseWeakAsync(Another, [], CancellationToken.None))?.Code);
        gate.Set();
        await Task.WhenAll(running);
        Assert.Null(await hashing.RefuseWeakAsync(Another, [], CancellationToken.None));
        Assert.Equal("weak_password", (await hashing.RefuseWeakAsync("passwordpassword", [], CancellationToken.None))?.Code);
    }

    [Fact]
    public async Task OwnChange_NeedsTheCurrentPassword_AndEndsTheOtherSessions()
    {
        var alice = await _accounts.UserAsync("alice");
        var (own, other) = (await _accounts.SessionAsync(alice), await _accounts.SessionAsync(alice));
        _accounts.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("wrong_password", await CodeAsync(new(alice.Id, Another, Another)));
        Assert.Equal("wrong_password", await CodeAsync(new(alice.Id, null, Another)));
        Assert.Equal("weak_password", await CodeAsync(new(alice.Id, AccountsFixture.Password, "short")));
        Assert.Equal("same_password", await CodeAsync(new(alice.Id, AccountsFixture.Password, AccountsFixture.Password)));
        Assert.Equal("unknown_user", await CodeAsync(new(Guid.NewGuid().ToString(), AccountsFixture.Password, Another)));
        Assert.True(await _accounts.IsLiveAsync(other));
        Assert.Null(await CodeAsync(new(alice.Id, AccountsFixture.Password, Another) { SessionId = own.Id }));

        Assert.Equal((true, false), (await _accounts.IsLiveAsync(own), await _accounts.IsLiveAsync(other)));
        Assert.Equal(LoginFailure.None, (await _accounts.LogInAsync("alice", Another)).Failure);
        Assert.Equal(LoginFailure.Invalid, (await _accounts.LogInAsync("alice")).Failure);
        await using var context = _accounts.Store.Open();
        Assert.Equal(Instant.Now(_accounts.Time), (await context.Sessions.SingleAsync(session => session.Id == own.Id)).AuthenticatedAt);
    }

    [Fact]
    public async Task GuessesInASession_AreThrottled()
    {
        var alice = await _accounts.UserAsync("alice");
        var session = await _accounts.SessionAsync(alice);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Equal("wrong_password", await CodeAsync(new(alice.Id, "wrong", Another) { Address = "192.0.2.1" }));
            Assert.Equal(
                LoginFailure.Invalid,
                (await _accounts.Reauthenticate.RunAsync(session.Id, "wrong", "192.0.2.1", CancellationToken.None)).Failure
            );
        }

        var change = await _accounts.SetPassword.RunAsync(
            new(alice.Id, AccountsFixture.Password, "passwordpassword") { Address = "192.0.2.1" },
            CancellationToken.None
        );
        var again = await _accounts.Reauthenticate.RunAsync(session.Id, AccountsFixture.Password, "192.0.2.1", CancellationToken.None);

        Assert.Equal((RefusalKind.Throttled, TimeSpan.FromMinutes(15)), (change.Refusal!.Kind, change.Refusal.RetryAfter));
        Assert.Equal(LoginFailure.Throttled, again.Failure);
        await _accounts.Failures.FlushAsync(CancellationToken.None);
        await using var context = _accounts.Store.Open();
        var failed = await context.AuditEvents.SingleAsync(row => row.Action == "login.failed");
        Assert.Equal(("alice", """{"count":12}"""), (failed.TargetName, failed.After));
    }

    [Fact]
    public async Task GuessesInASession_FromManyAddresses_AreThrottledByName()
    {
        var alice = await _accounts.UserAsync("alice");
        var session = await _accounts.SessionAsync(alice);
        for (var attempt = 0; attempt < 100; attempt++)
        {
            await _accounts.Throttle.CountAsync("alice", $"192.0.2.{attempt}", knownBrowser: true);
        }

        var again = await _accounts.Reauthenticate.RunAsync(session.Id, AccountsFixture.Password, "198.51.100.1", CancellationToken.None);
        var change = new PasswordChange(alice.Id, AccountsFixture.Password, Another) { Address = "198.51.100.1" };

        Assert.Equal(LoginFailure.Throttled, again.Failure);
        Assert.Equal("login_throttled", await CodeAsync(change));
    }

    /// <summary>Only the person learns whether a password is weak, because the estimate takes time.</summary>
    [Fact]
    public async Task WrongCurrentPassword_IsRefusedBeforeTheNewOneIsEstimated()
    {
        var alice = await _accounts.UserAsync("alice");

        Assert.Equal("wrong_password", await CodeAsync(new(alice.Id, "wrong", "passwordpassword")));
        Assert.Equal("weak_password", await CodeAsync(new(alice.Id, AccountsFixture.Password, "passwordpassword")));
    }

    [Fact]
    public async Task Reauthentication_NeedsALiveSessionOfAnActiveUser()
    {
        var alice = await _accounts.UserAsync("alice");
        var (session, ended) = (await _accounts.SessionAsync(alice), await _accounts.SessionAsync(alice));
        await new EndSessions(_accounts.Store, _accounts.Time).RunAsync(ended.Id, null, CancellationToken.None);
        _accounts.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(LoginFailure.Invalid, await FailureAsync(ended.Id));
        Assert.Equal(LoginFailure.Invalid, await FailureAsync("unknown"));
        Assert.Equal(LoginFailure.None, await FailureAsync(session.Id));
        await using (var context = _accounts.Store.Open())
        {
            Assert.Equal(
                Instant.Now(_accounts.Time),
                (await context.Sessions.SingleAsync(found => found.Id == session.Id)).AuthenticatedAt
            );
        }

        await _accounts.ChangeAsync(context => context.Users.SingleAsync(), user => user.Status = UserStatus.Suspended);
        Assert.Equal(LoginFailure.Invalid, await FailureAsync(session.Id));

        async Task<LoginFailure> FailureAsync(string id) =>
            (await _accounts.Reauthenticate.RunAsync(id, AccountsFixture.Password, null, CancellationToken.None)).Failure;
    }

    /// <summary>D14: sessions from before a reset do not outlive it.</summary>
    [Fact]
    public async Task Reset_EndsAllSessions_AndItsPasswordIsReplacedAtFirstUse()
    {
        var alice = await _accounts.UserAsync("alice");
        var session = await _accounts.SessionAsync(alice);

        var reset = (await _accounts.ResetPassword.RunAsync("alice", CancellationToken.None)).Value;

        Assert.Matches("^([2-9a-z]{5}-){3}[2-9a-z]{5}$", reset.Password);
        Assert.DoesNotContain(reset.Password, reset.ToString(), StringComparison.Ordinal);
        Assert.False(await _accounts.IsLiveAsync(session));
        Assert.Equal("same_password", await CodeAsync(new(alice.Id, null, reset.Password)));
        Assert.Null(await CodeAsync(new(alice.Id, null, Another)));
        Assert.False((await _accounts.LogInAsync("alice", Another)).MustChangePassword);
        Assert.Equal(LoginFailure.Invalid, (await _accounts.LogInAsync("alice", reset.Password)).Failure);
        Assert.Equal("wrong_password", await CodeAsync(new(alice.Id, null, AccountsFixture.Password)));
    }

    [Fact]
    public async Task SystemUser_GetsNoPassword()
    {
        await _accounts.Create.RunAsync(new("robot") { IsSystem = true }, CancellationToken.None);

        Assert.Equal("system_user", (await _accounts.ResetPassword.RunAsync("robot", CancellationToken.None)).Refusal?.Code);
        Assert.Equal("system_user", (await _accounts.Overwrite.RunAsync("robot", Another, CancellationToken.None)).Refusal?.Code);
    }

    /// <summary>D24: of parallel creations all but one are refused.</summary>
    [Fact]
    public async Task Account_HasAOneTimePassword_AndIsCreatedOnce()
    {
        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(number => _accounts.CreateAccount.RunAsync(new(number % 2 == 0 ? "alice" : "Alice"), null, CancellationToken.None))
        );

        var created = Assert.Single(outcomes, outcome => outcome.Refusal is null).Value;
        Assert.All(outcomes.Where(outcome => outcome.Refusal is not null), outcome =>
            Assert.Equal((RefusalKind.Conflict, "user_exists"), (outcome.Refusal!.Kind, outcome.Refusal.Code))
        );
        Assert.True((await _accounts.LogInAsync("alice", created.Password)).MustChangePassword);
        var given = (await _accounts.CreateAccount.RunAsync(new("bob"), Another, CancellationToken.None)).Value;
        Assert.True((await _accounts.LogInAsync("bob", given.Password)).MustChangePassword);
        Assert.Equal(
            "weak_password",
            (await _accounts.CreateAccount.RunAsync(new("carol"), "carolcarolcarol", CancellationToken.None)).Refusal?.Code
        );
    }

    private sealed class Gated(ManualResetEventSlim gate) : PasswordHasher<object>
    {
        public override string HashPassword(object user, string password)
        {
            gate.Wait();
            return "";
        }
    }

    private async Task<string?> CodeAsync(PasswordChange change) =>
        (await _accounts.SetPassword.RunAsync(change, CancellationToken.None)).Refusal?.Code;
}
