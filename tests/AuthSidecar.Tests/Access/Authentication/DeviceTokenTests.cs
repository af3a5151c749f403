using AuthSidecar.Access.Identities;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Tests.Access.Authentication;

/// <summary>Device tokens: type, and the limits of their scopes, follow from the format.</summary>
public class DeviceTokenTests
{
    private static readonly string[] _externalScopes = ["apps:run", "apps:read:permitted-external"];

    [Fact]
    public async Task Account_MayEverythingItsOwnerMay()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var issued = await AccountAsync(fixture);

        var identity = (await fixture.AuthenticateAsync(issued.Token)).Identity!;

        Assert.StartsWith("aso_", issued.Token, StringComparison.Ordinal);
        Assert.Equal((SubjectType.Account, "alice", issued.Key.Id), (identity.Type, identity.Username, identity.KeyId));
        Assert.Equal(["full"], identity.Scopes);
    }

    [Fact]
    public async Task External_HasNoUserAndOnlyTheScopesOfItsKind()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var issued = await ExternalAsync(fixture);

        var identity = (await fixture.AuthenticateAsync(issued.Token)).Identity!;

        Assert.StartsWith("ase_", issued.Token, StringComparison.Ordinal);
        Assert.Equal(
            (SubjectType.EndUser, null, "https://sso.example|eve@example.com"),
            (identity.Type, identity.UserId, identity.Subject)
        );
        Assert.Equal(_externalScopes, identity.Scopes);
    }

    [Fact]
    public async Task ScopesWrittenIntoTheRow_RaiseNothing()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var issued = await ExternalAsync(fixture);
        fixture.Execute("UPDATE ApiKeys SET Scopes = 'full', Subject = 'account'");

        var identity = (await fixture.AuthenticateAsync(issued.Token)).Identity!;

        Assert.Equal(SubjectType.EndUser, identity.Type);
        Assert.Equal(_externalScopes, identity.Scopes);
    }

    [Theory]
    [InlineData("", "full")]
    [InlineData("llm:invoke", "llm:invoke")]
    [InlineData("llm:invoke manage files:read", "llm:invoke files:read")]
    [InlineData("manage", "")]
    [InlineData("full manage", "full")]
    public async Task Account_HasTheScopesOfItsClientButNeverManage(string stored, string expected)
    {
        await using var fixture = await KeyFixture.StartAsync();
        var issued = await AccountAsync(fixture);
        fixture.Execute($"UPDATE ApiKeys SET Scopes = '{stored}', Subject = 'service'");

        var identity = (await fixture.AuthenticateAsync(issued.Token)).Identity!;

        Assert.Equal(SubjectType.Account, identity.Type);
        Assert.Equal(expected, string.Join(' ', identity.Scopes));
    }

    [Theory]
    [InlineData("UPDATE ApiKeys SET Format = 'ask'", AuthenticationFailure.InvalidKey)]
    [InlineData("UPDATE ApiKeys SET Format = 'aso'", AuthenticationFailure.InvalidKey)]
    [InlineData("UPDATE ApiKeys SET UserId = (SELECT Id FROM Users)", AuthenticationFailure.InvalidKey)]
    [InlineData("UPDATE ApiKeys SET ExternalIssuer = NULL", AuthenticationFailure.InvalidKey)]
    [InlineData("UPDATE ApiKeys SET ExternalSubject = ''", AuthenticationFailure.InvalidKey)]
    internal async Task RowOfAnotherKind_IsNotFound(string damage, AuthenticationFailure expected)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var issued = await ExternalAsync(fixture);
        fixture.Execute(damage);

        Assert.Equal(expected, (await fixture.AuthenticateAsync(issued.Token)).Failure);
    }

    [Fact]
    public async Task AccountWithoutOwner_IsRefused()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var issued = await AccountAsync(fixture);
        fixture.Execute("UPDATE ApiKeys SET UserId = NULL");

        Assert.Equal(AuthenticationFailure.UnknownUser, (await fixture.AuthenticateAsync(issued.Token)).Failure);
    }

    [Fact]
    public async Task AfterItsExpiry_IsExpired()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var issued = await AccountAsync(fixture);
        Assert.NotNull((await fixture.AuthenticateAsync(issued.Token)).Identity);

        fixture.Time.Advance(TimeSpan.FromDays(14) + TimeSpan.FromSeconds(1));
        await fixture.PollAsync();

        Assert.Equal(AuthenticationFailure.ExpiredKey, (await fixture.AuthenticateAsync(issued.Token)).Failure);
    }

    [Fact]
    public async Task ItCannotBeRotated()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var issued = await AccountAsync(fixture);

        var refusal = (
            await new RotateKey(fixture.Store, fixture.Hasher, fixture.Clock).RunAsync(issued.Key.Id, TimeSpan.Zero, default)
        ).Refusal;

        Assert.Equal("device_token", refusal?.Code);
    }

    private static async Task<IssuedKey> AccountAsync(KeyFixture fixture) =>
        await StoredDevice.AddAsync(fixture.Store, fixture.Hasher, fixture.Clock, await fixture.CreateUserAsync(), "laptop");

    private static Task<IssuedKey> ExternalAsync(KeyFixture fixture) =>
        StoredDevice.AddAsync(
            fixture.Store,
            fixture.Hasher,
            fixture.Clock,
            new ExternalIdentity("https://sso.example", "eve@example.com"),
            "laptop"
        );
}
