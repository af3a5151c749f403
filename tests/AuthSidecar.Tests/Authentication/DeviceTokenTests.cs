using AuthSidecar.Authentication;
using AuthSidecar.Keys;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Tests.Authentication;

/// <summary>Tokens of devices: what they may do follows from their kind.</summary>
public class DeviceTokenTests
{
    private static readonly string[] _externalScopes = ["apps:run", "apps:read:permitted-external"];

    [Fact]
    public async Task Account_MayEverythingItsOwnerMay()
    {
        await using var world = await KeyWorld.StartAsync();
        var issued = await AccountAsync(world);

        var identity = (await world.AuthenticateAsync(issued.Token)).Identity!;

        Assert.StartsWith("aso_", issued.Token, StringComparison.Ordinal);
        Assert.Equal((SubjectType.Account, "alice", issued.Key.Id), (identity.Type, identity.Username, identity.KeyId));
        Assert.Equal(["full"], identity.Scopes);
    }

    [Fact]
    public async Task External_HasNoUserAndOnlyTheScopesOfItsKind()
    {
        await using var world = await KeyWorld.StartAsync();
        var issued = await ExternalAsync(world);

        var identity = (await world.AuthenticateAsync(issued.Token)).Identity!;

        Assert.StartsWith("ase_", issued.Token, StringComparison.Ordinal);
        Assert.Equal((SubjectType.EndUser, null, "https://sso.example|eve@example.com"), (identity.Type, identity.UserId, identity.Subject));
        Assert.Equal(_externalScopes, identity.Scopes);
    }

    [Fact]
    public async Task ScopesWrittenIntoTheRow_RaiseNothing()
    {
        await using var world = await KeyWorld.StartAsync();
        var issued = await ExternalAsync(world);
        world.Execute("UPDATE ApiKeys SET Scopes = 'full', Subject = 'account'");

        var identity = (await world.AuthenticateAsync(issued.Token)).Identity!;

        Assert.Equal(SubjectType.EndUser, identity.Type);
        Assert.Equal(_externalScopes, identity.Scopes);
    }

    [Theory]
    [InlineData("UPDATE ApiKeys SET Format = 'ask'", AuthenticationFailure.InvalidKey)]
    [InlineData("UPDATE ApiKeys SET Format = 'aso'", AuthenticationFailure.InvalidKey)]
    [InlineData("UPDATE ApiKeys SET UserId = (SELECT Id FROM Users)", AuthenticationFailure.InvalidKey)]
    [InlineData("UPDATE ApiKeys SET ExternalIssuer = NULL", AuthenticationFailure.InvalidKey)]
    [InlineData("UPDATE ApiKeys SET ExternalSubject = ''", AuthenticationFailure.InvalidKey)]
    internal async Task RowThatIsNotOfItsKind_IsNobody(string damage, AuthenticationFailure expected)
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var issued = await ExternalAsync(world);
        world.Execute(damage);

        Assert.Equal(expected, (await world.AuthenticateAsync(issued.Token)).Failure);
    }

    [Fact]
    public async Task AccountWithoutOwner_IsNobody()
    {
        await using var world = await KeyWorld.StartAsync();
        var issued = await AccountAsync(world);
        world.Execute("UPDATE ApiKeys SET UserId = NULL");

        Assert.Equal(AuthenticationFailure.UnknownUser, (await world.AuthenticateAsync(issued.Token)).Failure);
    }

    [Fact]
    public async Task AfterItsExpiry_IsExpired()
    {
        await using var world = await KeyWorld.StartAsync();
        var issued = await AccountAsync(world);
        Assert.NotNull((await world.AuthenticateAsync(issued.Token)).Identity);

        world.Time.Advance(TimeSpan.FromDays(14) + TimeSpan.FromSeconds(1));
        await world.PollAsync();

        Assert.Equal(AuthenticationFailure.ExpiredKey, (await world.AuthenticateAsync(issued.Token)).Failure);
    }

    [Fact]
    public async Task ItCannotBeRotated()
    {
        await using var world = await KeyWorld.StartAsync();
        var issued = await AccountAsync(world);

        var refusal = (await new RotateKey(world.Store, world.Hasher, world.Clock).RunAsync(issued.Key.Id, TimeSpan.Zero, default)).Refusal;

        Assert.Equal("device_token", refusal?.Code);
    }

    private static async Task<IssuedKey> AccountAsync(KeyWorld world) =>
        (await Issue(world).ForAccountAsync(await world.CreateUserAsync(), "laptop", world.Time.GetUtcNow().AddDays(14), default)).Value;

    private static async Task<IssuedKey> ExternalAsync(KeyWorld world) =>
        (await Issue(world).ForExternalAsync(new("https://sso.example", "eve@example.com"), "laptop", world.Time.GetUtcNow().AddDays(14), default)).Value;

    private static IssueDeviceToken Issue(KeyWorld world) => new(world.Store, world.Hasher, world.Clock);
}
