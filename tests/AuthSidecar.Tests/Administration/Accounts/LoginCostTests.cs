using System.Buffers.Binary;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Accounts;

/// <summary>Every failed login costs one verification of a full hash, so its duration does not reveal which names exist.</summary>
public sealed class LoginCostTests : IAsyncLifetime
{
    private readonly RecordingHasher _hasher = new();
    private AccountsFixture _accounts = null!;

    public async Task InitializeAsync() => _accounts = await AccountsFixture.StartAsync(new(_hasher));

    public async Task DisposeAsync() => await _accounts.DisposeAsync();

    [Theory]
    [InlineData("alice", "a wrong password of alice")]
    [InlineData("alice", "")]
    [InlineData("unknown", AccountsFixture.Password)]
    [InlineData("", AccountsFixture.Password)]
    [InlineData("without", AccountsFixture.Password)]
    [InlineData("suspended", AccountsFixture.Password)]
    [InlineData("expired", AccountsFixture.Password)]
    public async Task FailedLogin_VerifiesOneFullHash(string name, string password)
    {
        await _accounts.UserAsync("alice");
        await _accounts.UserAsync("without", password: null);
        await _accounts.UserAsync("suspended");
        await _accounts.ChangeAsync(
            context => context.Users.SingleAsync(user => user.Name == "suspended"),
            user => user.Status = UserStatus.Suspended
        );
        await _accounts.UserAsync("expired");
        await _accounts.ChangeAsync(
            context => context.UserCredentials.SingleAsync(credential => credential.User!.Name == "expired"),
            credential => credential.ExpiresAt = Instant.Now(_accounts.Time)
        );
        _hasher.Verified.Clear();

        Assert.Same(LoginResult.Invalid, await _accounts.LogInAsync(name, password));

        // The algorithm is HMAC-SHA512, with salt and subkey of 128 and 256 bits.
        Assert.Equal((2u, (uint)PasswordHashing.Iterations, 16u, 61), Assert.Single(_hasher.Verified));
    }

    [Fact]
    public async Task TextOfAnyLength_CostsOneHashOfAPasswordAtMost()
    {
        var alice = await _accounts.UserAsync("alice");
        var session = await _accounts.SessionAsync(alice);
        var text = new string('x', 60_000);
        _hasher.Verified.Clear();

        Assert.Same(LoginResult.Invalid, await _accounts.LogInAsync("alice", text));
        var again = await _accounts.Reauthenticate.RunAsync(session.Id, text, null, CancellationToken.None);
        var change = await ChangeAsync(text, "four unrelated lamps whisper");

        Assert.Equal((LoginFailure.Invalid, "wrong_password"), (again.Failure, change));
        Assert.Equal(3, _hasher.Verified.Count);
        Assert.InRange(_hasher.Longest, 0, PasswordRules.Longest);
        _hasher.Verified.Clear();
        Assert.Equal("weak_password", await ChangeAsync(AccountsFixture.Password, text));
        Assert.Equal("weak_password", (await _accounts.Overwrite.RunAsync("alice", text, CancellationToken.None)).Refusal?.Code);
        Assert.Equal("weak_password", (await _accounts.CreateAccount.RunAsync(new("bob"), text, CancellationToken.None)).Refusal?.Code);
        Assert.Empty(_hasher.Verified);
        Assert.InRange(_hasher.Longest, 0, PasswordRules.Longest);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _accounts.Hashing.HashAsync(text, CancellationToken.None));

        async Task<string?> ChangeAsync(string current, string wanted) =>
            (await _accounts.SetPassword.RunAsync(new(alice.Id, current, wanted), CancellationToken.None)).Refusal?.Code;
    }

    private sealed class RecordingHasher()
        : PasswordHasher<object>(
            Microsoft.Extensions.Options.Options.Create(new PasswordHasherOptions { IterationCount = PasswordHashing.Iterations })
        )
    {
        public List<(uint Algorithm, uint Iterations, uint Salt, int Length)> Verified { get; } = [];

        public int Longest { get; private set; }

        public override string HashPassword(object user, string password)
        {
            Longest = Math.Max(Longest, password.Length);
            return base.HashPassword(user, password);
        }

        public override PasswordVerificationResult VerifyHashedPassword(object user, string hashedPassword, string providedPassword)
        {
            Longest = Math.Max(Longest, providedPassword.Length);
            var hash = Convert.FromBase64String(hashedPassword);
            Verified.Add((Field(hash, 1), Field(hash, 5), Field(hash, 9), hash.Length));
            return base.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }

        private static uint Field(byte[] hash, int start) => BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(start));
    }
}
