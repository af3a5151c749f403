using AuthSidecar.Access.Identities;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using Microsoft.Data.Sqlite;

namespace AuthSidecar.Tests.Access.Authentication;

/// <summary>The table of checks; failures that follow from the owner apply to keys named by id too.</summary>
public class ApiKeyAuthenticatorTests
{
    [Theory]
    [InlineData("", AuthenticationFailure.UnknownFamily)]
    [InlineData("foo", AuthenticationFailure.UnknownFamily)]
    [InlineData("ask_000000000000_00000000000000000000000000000000000000", AuthenticationFailure.InvalidKey)]
    [InlineData("aso_000000000000_00000000000000000000000000000000000000", AuthenticationFailure.InvalidKey)]
    [InlineData("ase_", AuthenticationFailure.InvalidKey)]
    [InlineData("pk_with blank", AuthenticationFailure.InvalidKey)]
    [InlineData("eyJh.eyJh.c2ln", AuthenticationFailure.UnknownFamily)]
    internal async Task NotTheFormOfAKey_IsRefusedWithoutALookUp(string token, AuthenticationFailure expected)
    {
        await using var fixture = await KeyFixture.StartAsync();

        var result = await fixture.AuthenticateAsync(token);

        Assert.Equal(expected, result.Failure);
        Assert.Equal(0, fixture.Queries.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(129)]
    [InlineData(1_000_000)]
    public async Task MalformedId_IsUnknownWithoutALookUp(int length)
    {
        await using var fixture = await KeyFixture.StartAsync();

        var result = await fixture.AuthenticateIdAsync(new string('a', length));

        Assert.Equal(AuthenticationFailure.UnknownKey, result.Failure);
        Assert.Equal((0, 0), (fixture.Queries.Count, fixture.Caches.ById.NegativeCount));
    }

    [Fact]
    public async Task NoRow_IsUnknownKey()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var token = KeyToken.Generate(TokenFamily.Ask);

        await AssertBothAsync(fixture, token, AuthenticationFailure.UnknownKey);
    }

    [Fact]
    public async Task RowExpiredAnHourAgo_IsExpired()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync(fixture.Time.GetUtcNow().AddHours(-1));

        await AssertBothAsync(fixture, key.Token, AuthenticationFailure.ExpiredKey);
    }

    [Fact]
    public async Task ExpiryIsNow_IsStillValid()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync(fixture.Time.GetUtcNow());

        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);

        fixture.Time.Advance(TimeSpan.FromMicroseconds(1));
        await AssertBothAsync(fixture, key.Token, AuthenticationFailure.ExpiredKey);
    }

    [Fact]
    public async Task StoredHashDiffers_IsInvalid_ButTheIdStillNamesTheKey()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        fixture.Execute("UPDATE ApiKeys SET Hash = randomblob(32)");

        var byToken = await fixture.AuthenticateAsync(key.Token);
        var byId = await fixture.AuthenticateIdAsync(key.Key.Id);

        Assert.Equal(AuthenticationFailure.InvalidKey, byToken.Failure);
        Assert.Equal(key.Key.Id, byId.Identity?.KeyId);
    }

    [Fact]
    public async Task NoUserRow_IsUnknownUser()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        fixture.Execute("DELETE FROM Users");

        await AssertBothAsync(fixture, key.Token, AuthenticationFailure.UnknownUser);
    }

    [Theory]
    [InlineData(UserStatus.Deleted, AuthenticationFailure.DeletedUser)]
    [InlineData(UserStatus.Suspended, AuthenticationFailure.InactiveUser)]
    [InlineData(UserStatus.Dormant, AuthenticationFailure.InactiveUser)]
    internal async Task OwnerIsNotActive_IsRefused(UserStatus status, AuthenticationFailure failure)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        await fixture.SetStatusAsync("alice", status);

        await AssertBothAsync(fixture, key.Token, failure);
    }

    [Fact]
    public async Task OwnerOfAServiceKeyIsSuspended_IsRefused()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync(new NewKey("alice") { Subject = SubjectType.Service });
        await fixture.SetStatusAsync("alice", UserStatus.Suspended);

        await AssertBothAsync(fixture, key.Token, AuthenticationFailure.InactiveUser);
    }

    [Fact]
    public async Task OwnerIsASystemUser_IsRefused()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync(isSystem: true);
        var key = await fixture.CreateKeyAsync();

        await AssertBothAsync(fixture, key.Token, AuthenticationFailure.SystemUser);
    }

    [Fact]
    public async Task Revoked_IsRevoked_BeforeExpiryIsLookedAt()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync(fixture.Time.GetUtcNow().AddHours(-1));
        await fixture.RevokeAsync(key.Key.Id);

        await AssertBothAsync(fixture, key.Token, AuthenticationFailure.RevokedKey);
    }

    [Fact]
    public async Task WrongSecret_DisclosesNothingOfTheKey()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync(fixture.Time.GetUtcNow().AddHours(-1));
        await fixture.RevokeAsync(key.Key.Id);
        await fixture.SetStatusAsync("alice", UserStatus.Deleted);
        fixture.Execute("UPDATE ApiKeys SET Hash = randomblob(32)");

        var byToken = await fixture.AuthenticateAsync(key.Token);

        Assert.Equal((AuthenticationFailure.InvalidKey, null), (byToken.Failure, byToken.DeniedIdentity));
        Assert.Equal(AuthenticationFailure.RevokedKey, (await fixture.AuthenticateIdAsync(key.Key.Id)).Failure);
    }

    [Fact]
    public async Task ExpiredAndDeletedOwner_ReportsTheFirstInOrder()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync(fixture.Time.GetUtcNow().AddHours(-1));
        await fixture.SetStatusAsync("alice", UserStatus.Deleted);

        await AssertBothAsync(fixture, key.Token, AuthenticationFailure.ExpiredKey);
    }

    [Fact]
    public async Task ValidKey_YieldsTheCompleteIdentity()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var user = await fixture.CreateUserAsync();
        var expiry = fixture.Time.GetUtcNow().AddDays(1);
        var key = await fixture.CreateKeyAsync(
            new NewKey("alice")
            {
                Scopes = ["llm:invoke", "apps:read"],
                Models = ["gpt-*:tokens=5/60s", "claude-*"],
                Tenant = "acme",
                Subject = SubjectType.Service,
                ExpiresAt = expiry,
                Limit = new(5, TimeSpan.FromSeconds(30)),
            }
        );

        foreach (var result in new[] { await fixture.AuthenticateAsync(key.Token), await fixture.AuthenticateIdAsync(key.Key.Id) })
        {
            var identity = Assert.IsType<Identity>(result.Identity);
            Assert.Equal(
                (key.Key.Id, SubjectType.Service, user.Id, "alice", "acme"),
                (identity.KeyId, identity.Type, identity.UserId, identity.Username, identity.Tenant)
            );
            Assert.Equal(["llm:invoke", "apps:read"], identity.Scopes);
            Assert.Equal(["gpt-*", "claude-*"], identity.Models);
            Assert.Equal(5, identity.ModelLimits!.Find("gpt-5")!.Tokens);
            Assert.Null(identity.ModelLimits.Find("claude-5"));
            Assert.Equal(expiry, identity.ExpiresAt);
            Assert.Equal(new KeyLimit(5, TimeSpan.FromSeconds(30)), identity.Limit);
        }
    }

    [Fact]
    public async Task NoScopeGiven_IsFull()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();

        var identity = (await fixture.AuthenticateAsync(key.Token)).Identity!;

        Assert.Equal(["full"], identity.Scopes);
        Assert.Empty(identity.Models);
        Assert.Null(identity.ModelLimits);
        Assert.Null(identity.Limit);
        Assert.Null(identity.ExpiresAt);
        Assert.Equal(SubjectType.Account, identity.Type);
    }

    [Fact]
    public async Task UnknownStoredValue_IsStoreUnavailable()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        fixture.Execute("UPDATE Users SET Status = 'quarantined'");

        await AssertBothAsync(fixture, key.Token, AuthenticationFailure.StoreUnavailable);
    }

    [Fact]
    public async Task IdWasCheckedWithoutSecret_DoesNotLetAWrongSecretIn()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        Assert.NotNull((await fixture.AuthenticateIdAsync(key.Key.Id)).Identity);
        var stranger = KeyToken.Generate(TokenFamily.Ask);
        fixture.Execute(
            "CREATE TABLE Twin AS SELECT * FROM ApiKeys; UPDATE Twin SET Id = @id, Hash = randomblob(32); "
                + "INSERT INTO ApiKeys SELECT * FROM Twin;",
            new SqliteParameter("@id", KeyToken.IdOf(stranger))
        );
        Assert.NotNull((await fixture.AuthenticateIdAsync(KeyToken.IdOf(stranger))).Identity);

        Assert.Equal(AuthenticationFailure.InvalidKey, (await fixture.AuthenticateAsync(stranger)).Failure);
    }

    private static async Task AssertBothAsync(KeyFixture fixture, string token, AuthenticationFailure expected)
    {
        var byToken = await fixture.AuthenticateAsync(token);
        var byId = await fixture.AuthenticateIdAsync(KeyToken.IdOf(token));

        Assert.Equal((null, expected), (byToken.Identity, byToken.Failure));
        Assert.Equal((null, expected), (byId.Identity, byId.Failure));
        if (expected is not (AuthenticationFailure.UnknownKey or AuthenticationFailure.StoreUnavailable))
        {
            Assert.Equal(KeyToken.IdOf(token), byToken.DeniedIdentity?.KeyId);
            Assert.Equal(KeyToken.IdOf(token), byId.DeniedIdentity?.KeyId);
        }
    }
}
