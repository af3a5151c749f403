using AuthSidecar.Access.Identities;
using AuthSidecar.Administration.Settings;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.Tests.Access.Authentication.Jwt;

/// <summary>Forged tokens by the thousand, and tokens that wait for an issuer that hangs.</summary>
public sealed class JwtFloodTests
{
    private const string Address = "192.0.2.7";
    private const string KeySet = "/a/jwks";
    private const string Revocation = "/a/revocation";
    private static readonly SidecarSettings _three = new() { Limits = { FailedAuthPerMinute = 3 } };

    [Fact]
    public async Task TokenWithoutKeyId_IsTriedWithAFewKeysThatFit()
    {
        await using var fixture = await JwtFixture.StartAsync();
        IssuerKey[] four = [.. Enumerable.Range(0, 4).Select(number => IssuerKey.NewRsa($"rsa-{number}"))];
        fixture.Issuer.Keys = [.. four, .. Enumerable.Range(0, 4).Select(number => IssuerKey.NewEllipticCurve($"ec-{number}"))];

        foreach (var key in fixture.Issuer.Keys)
        {
            await fixture.AcceptsAsync(Nameless(fixture, key));
        }

        await fixture.RefusesAsync(AuthenticationFailure.WrongSignature, Nameless(fixture, IssuerKey.NewRsa("rsa-0")));
    }

    [Fact]
    public async Task TokenWithoutKeyId_IsNotTriedWithMany()
    {
        await using var fixture = await JwtFixture.StartAsync();
        IssuerKey[] five = [.. Enumerable.Range(0, 5).Select(number => IssuerKey.NewRsa($"rsa-{number}"))];
        var curve = IssuerKey.NewEllipticCurve("ec");
        fixture.Issuer.Keys = [.. five, curve];
        await fixture.AcceptsAsync(five[4].Sign(fixture.Claims()));

        await fixture.RefusesAsync(AuthenticationFailure.AmbiguousKey, Nameless(fixture, five[0]));
        await fixture.RefusesAsync(AuthenticationFailure.AmbiguousKey, Nameless(fixture, IssuerKey.NewRsa("rsa-0")));
        await fixture.AcceptsAsync(Nameless(fixture, curve));
        Assert.Equal(1, fixture.Issuer.Calls(KeySet));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ForgingAddress_IsThrottled_ButAuthenticatedTokensPass(bool hasKeyId)
    {
        await using var fixture = await JwtFixture.StartAsync(settings: _three);
        var good = fixture.Token();
        await fixture.AcceptsAsync(good);
        await FloodAsync(fixture, hasKeyId);

        Assert.Equal(AuthenticationFailure.TooManyFailures, await FailureAsync(fixture, Forged(fixture, hasKeyId)));
        Assert.Equal(AuthenticationFailure.TooManyFailures, await FailureAsync(fixture, fixture.Token(("sub", "new"))));
        Assert.NotNull((await fixture.AuthenticateAsync(good, Address)).Identity);
        Assert.NotNull((await fixture.AuthenticateAsync(fixture.Token(("sub", "elsewhere")), "192.0.2.8")).Identity);
        Assert.NotNull((await fixture.AuthenticateAsync(fixture.Token(("sub", "trusted")))).Identity);

        // Neither cached nor a permanent failure of the address.
        fixture.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(AuthenticationFailure.TooManyFailures, await FailureAsync(fixture, fixture.Token(("sub", "new"))));
        fixture.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.NotNull((await fixture.AuthenticateAsync(fixture.Token(("sub", "new")), Address)).Identity);
    }

    [Fact]
    public async Task TokenThatPassedBefore_PassesAlsoWhenItIsForgotten()
    {
        await using var fixture = await JwtFixture.StartAsync(settings: _three, cache: new() { PositiveTtl = TimeSpan.Zero });
        var good = fixture.Token();
        await fixture.AcceptsAsync(good);
        await FloodAsync(fixture, hasKeyId: true);

        Assert.NotNull((await fixture.AuthenticateAsync(good, Address)).Identity);
    }

    [Fact]
    public async Task UnreadRefusal_CountsForNoAddress()
    {
        await using var fixture = await JwtFixture.StartAsync(settings: _three);
        await fixture.AcceptsAsync(fixture.Token());
        await FloodAsync(fixture, hasKeyId: true);

        Assert.Equal(AuthenticationFailure.UnknownIssuer, await FailureAsync(fixture, fixture.Token(("iss", "https://other.example"))));
        Assert.Equal(AuthenticationFailure.InvalidKey, await FailureAsync(fixture, "eyJ.eyJ.x"));
        Assert.Equal(
            AuthenticationFailure.WrongSignature,
            await FailureAsync(fixture, fixture.Rsa.Sign(fixture.Claims(), header => header["alg"] = "RS512"))
        );
        Assert.Equal(
            AuthenticationFailure.WrongSignature,
            await FailureAsync(fixture, IssuerKey.NewEllipticCurve("invented").Sign(fixture.Claims()))
        );
        Assert.Equal(
            AuthenticationFailure.InvalidKey,
            await FailureAsync(fixture, fixture.Rsa.Sign(fixture.Claims(), header => header["crit"] = "x"))
        );
    }

    [Fact]
    public async Task IssuerThatHangs_KeepsAFewTokensWaiting_AndNotForLong()
    {
        await using var fixture = await JwtFixture.StartAsync();
        var asked = new TaskCompletionSource();
        fixture.Issuer.Answers[KeySet] = context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var pending = Enumerable.Range(0, 500).Select(number => fixture.AuthenticateAsync(fixture.Token(("sub", $"u{number}")))).ToList();
        await asked.Task;

        Assert.Equal(500 - 128, pending.Count(one => one.IsCompleted));
        fixture.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.All(await Task.WhenAll(pending), result => Assert.Equal(AuthenticationFailure.IssuerUnavailable, result.Failure));
    }

    [Fact]
    public async Task HangingIssuer_DelaysNoOther()
    {
        await using var fixture = await JwtFixture.StartAsync();
        fixture.Issuer.Answers["/b/jwks"] = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        fixture.Authenticator.Use([fixture.Entry, new() { Issuer = $"{fixture.Issuer.Address}/b", Audiences = ["llm"] }]);
        var waiting = Enumerable
            .Range(0, 200)
            .Select(number => fixture.AuthenticateAsync(fixture.Token(("iss", $"{fixture.Issuer.Address}/b"), ("sub", $"u{number}"))))
            .ToList();

        await fixture.AcceptsAsync(fixture.Token());

        fixture.Time.Advance(TimeSpan.FromSeconds(6));
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task HangingRevocationService_GetsFewConcurrentQueries()
    {
        await using var fixture = await JwtFixture.StartAsync(entry => entry.RevocationUri = entry.Issuer + "/revocation");
        await fixture.AcceptsAsync(fixture.Token());
        fixture.Issuer.Answers[Revocation] = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        var pending = Enumerable
            .Range(0, 300)
            .Select(number => Task.Run(() => fixture.AuthenticateAsync(fixture.Token(("sub", $"u{number}")))))
            .ToList();

        await Task.WhenAll(pending.Select(one => Task.WhenAny(one, Task.Delay(TimeSpan.FromSeconds(2)))));
        Assert.Equal(300 - 256, pending.Count(one => one.IsCompleted));
        fixture.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.All(await Task.WhenAll(pending), result => Assert.Equal(AuthenticationFailure.IssuerUnavailable, result.Failure));
    }

    // As AuthenticateStep does.
    private static async Task FloodAsync(JwtFixture fixture, bool hasKeyId)
    {
        for (var number = 0; number < 3; number++)
        {
            Assert.Equal(AuthenticationFailure.WrongSignature, await FailureAsync(fixture, Forged(fixture, hasKeyId)));
            fixture.Guard!.Failed(Address);
        }
    }

    private static async Task<AuthenticationFailure> FailureAsync(JwtFixture fixture, string token)
    {
        var result = await fixture.AuthenticateAsync(token, Address);
        Assert.Null(result.Identity);
        return result.Failure;
    }

    private static string Forged(JwtFixture fixture, bool hasKeyId) =>
        IssuerKey
            .NewEllipticCurve("ec-1")
            .Sign(fixture.Claims(("sub", Guid.NewGuid().ToString())), header => header.Remove(hasKeyId ? "none" : "kid"));

    private static string Nameless(JwtFixture fixture, IssuerKey key) => key.Sign(fixture.Claims(), header => header.Remove("kid"));
}
