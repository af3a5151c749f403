using AuthSidecar.Authentication;
using AuthSidecar.TestSupport.Corpus;
using AuthSidecar.Settings;

namespace AuthSidecar.Tests.Authentication.Jwt;

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
        await using var world = await JwtWorld.StartAsync();
        IssuerKey[] four = [.. Enumerable.Range(0, 4).Select(number => IssuerKey.NewRsa($"rsa-{number}"))];
        world.Issuer.Keys = [.. four, .. Enumerable.Range(0, 4).Select(number => IssuerKey.NewEllipticCurve($"ec-{number}"))];

        foreach (var key in world.Issuer.Keys)
        {
            await world.AcceptsAsync(Nameless(world, key));
        }

        await world.RefusesAsync(AuthenticationFailure.WrongSignature, Nameless(world, IssuerKey.NewRsa("rsa-0")));
    }

    [Fact]
    public async Task TokenWithoutKeyId_IsNotTriedWithMany()
    {
        await using var world = await JwtWorld.StartAsync();
        IssuerKey[] five = [.. Enumerable.Range(0, 5).Select(number => IssuerKey.NewRsa($"rsa-{number}"))];
        var curve = IssuerKey.NewEllipticCurve("ec");
        world.Issuer.Keys = [.. five, curve];
        await world.AcceptsAsync(five[4].Sign(world.Claims()));

        await world.RefusesAsync(AuthenticationFailure.AmbiguousKey, Nameless(world, five[0]));
        await world.RefusesAsync(AuthenticationFailure.AmbiguousKey, Nameless(world, IssuerKey.NewRsa("rsa-0")));
        await world.AcceptsAsync(Nameless(world, curve));
        Assert.Equal(1, world.Issuer.Calls(KeySet));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AddressThatForges_HasNoMoreSignaturesVerified_ButTokensThatPassedBeforePass(bool hasKeyId)
    {
        await using var world = await JwtWorld.StartAsync(settings: _three);
        var good = world.Token();
        await world.AcceptsAsync(good);
        await FloodAsync(world, hasKeyId);

        Assert.Equal(AuthenticationFailure.TooManyFailures, await FailureAsync(world, Forged(world, hasKeyId)));
        Assert.Equal(AuthenticationFailure.TooManyFailures, await FailureAsync(world, world.Token(("sub", "new"))));
        Assert.NotNull((await world.AuthenticateAsync(good, Address)).Identity);
        Assert.NotNull((await world.AuthenticateAsync(world.Token(("sub", "elsewhere")), "192.0.2.8")).Identity);
        Assert.NotNull((await world.AuthenticateAsync(world.Token(("sub", "trusted")))).Identity);

        // Neither remembered nor a failure of the address for ever.
        world.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(AuthenticationFailure.TooManyFailures, await FailureAsync(world, world.Token(("sub", "new"))));
        world.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.NotNull((await world.AuthenticateAsync(world.Token(("sub", "new")), Address)).Identity);
    }

    [Fact]
    public async Task TokenThatPassedBefore_PassesAlsoWhenItIsForgotten()
    {
        await using var world = await JwtWorld.StartAsync(settings: _three, cache: new() { PositiveTtl = TimeSpan.Zero });
        var good = world.Token();
        await world.AcceptsAsync(good);
        await FloodAsync(world, hasKeyId: true);

        Assert.NotNull((await world.AuthenticateAsync(good, Address)).Identity);
    }

    [Fact]
    public async Task WhatIsRefusedUnread_IsNeverAMatterOfTheAddress()
    {
        await using var world = await JwtWorld.StartAsync(settings: _three);
        await world.AcceptsAsync(world.Token());
        await FloodAsync(world, hasKeyId: true);

        Assert.Equal(AuthenticationFailure.UnknownIssuer, await FailureAsync(world, world.Token(("iss", "https://other.example"))));
        Assert.Equal(AuthenticationFailure.InvalidKey, await FailureAsync(world, "eyJ.eyJ.x"));
        Assert.Equal(AuthenticationFailure.WrongSignature, await FailureAsync(world, world.Rsa.Sign(world.Claims(), header => header["alg"] = "RS512")));
        Assert.Equal(AuthenticationFailure.WrongSignature, await FailureAsync(world, IssuerKey.NewEllipticCurve("invented").Sign(world.Claims())));
        Assert.Equal(AuthenticationFailure.InvalidKey, await FailureAsync(world, world.Rsa.Sign(world.Claims(), header => header["crit"] = "x")));
    }

    [Fact]
    public async Task IssuerThatHangs_KeepsAFewTokensWaiting_AndNotForLong()
    {
        await using var world = await JwtWorld.StartAsync();
        var asked = new TaskCompletionSource();
        world.Issuer.Answers[KeySet] = context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var pending = Enumerable.Range(0, 500).Select(number => world.AuthenticateAsync(world.Token(("sub", $"u{number}")))).ToList();
        await asked.Task;

        Assert.Equal(500 - 128, pending.Count(one => one.IsCompleted));
        world.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.All(await Task.WhenAll(pending), result => Assert.Equal(AuthenticationFailure.IssuerUnavailable, result.Failure));
    }

    [Fact]
    public async Task IssuerThatHangs_HoldsNoOtherUp()
    {
        await using var world = await JwtWorld.StartAsync();
        world.Issuer.Answers["/b/jwks"] = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        world.Authenticator.Use([world.Entry, new() { Issuer = $"{world.Issuer.Address}/b", Audiences = ["llm"] }]);
        var waiting = Enumerable.Range(0, 200).Select(number => world.AuthenticateAsync(world.Token(("iss", $"{world.Issuer.Address}/b"), ("sub", $"u{number}")))).ToList();

        await world.AcceptsAsync(world.Token());

        world.Time.Advance(TimeSpan.FromSeconds(6));
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task RevocationsThatHang_AreAskedForAFewTokensAtOnce()
    {
        await using var world = await JwtWorld.StartAsync(entry => entry.RevocationUri = entry.Issuer + "/revocation");
        await world.AcceptsAsync(world.Token());
        world.Issuer.Answers[Revocation] = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        var pending = Enumerable.Range(0, 300).Select(number => Task.Run(() => world.AuthenticateAsync(world.Token(("sub", $"u{number}"))))).ToList();

        await Task.WhenAll(pending.Select(one => Task.WhenAny(one, Task.Delay(TimeSpan.FromSeconds(2)))));
        Assert.Equal(300 - 256, pending.Count(one => one.IsCompleted));
        world.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.All(await Task.WhenAll(pending), result => Assert.Equal(AuthenticationFailure.IssuerUnavailable, result.Failure));
    }

    // As the step does.
    private static async Task FloodAsync(JwtWorld world, bool hasKeyId)
    {
        for (var number = 0; number < 3; number++)
        {
            Assert.Equal(AuthenticationFailure.WrongSignature, await FailureAsync(world, Forged(world, hasKeyId)));
            world.Guard!.Failed(Address);
        }
    }

    private static async Task<AuthenticationFailure> FailureAsync(JwtWorld world, string token)
    {
        var result = await world.AuthenticateAsync(token, Address);
        Assert.Null(result.Identity);
        return result.Failure;
    }

    private static string Forged(JwtWorld world, bool hasKeyId) =>
        IssuerKey.NewEllipticCurve("ec-1").Sign(world.Claims(("sub", Guid.NewGuid().ToString())), header => header.Remove(hasKeyId ? "none" : "kid"));

    private static string Nameless(JwtWorld world, IssuerKey key) => key.Sign(world.Claims(), header => header.Remove("kid"));
}
