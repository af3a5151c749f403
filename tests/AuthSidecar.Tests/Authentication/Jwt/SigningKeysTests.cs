using System.Security.Cryptography;
using System.Text.Json.Nodes;
using AuthSidecar.Authentication;
using AuthSidecar.TestSupport.Corpus;
using Microsoft.AspNetCore.Http;

namespace AuthSidecar.Tests.Authentication.Jwt;

/// <summary>Keys that rotate, and issuers that are down, slow, wrong or hostile.</summary>
public sealed class SigningKeysTests : IAsyncLifetime
{
    private const string Discovery = "/a/.well-known/openid-configuration";
    private const string KeySet = "/a/jwks";
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private JwtWorld _world = null!;

    public async Task InitializeAsync() => _world = await JwtWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task ManyAtOnce_ReadTheKeysOnce()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(index => _world.AcceptsAsync(_world.Token(("sub", $"u{index}")))));

        Assert.Equal((1, 1), (_world.Issuer.Calls(Discovery), _world.Issuer.Calls(KeySet)));
    }

    [Fact]
    public async Task NewKey_IsFoundAtOnce()
    {
        await _world.AcceptsAsync(_world.Token());
        var next = IssuerKey.NewEllipticCurve("next");
        _world.Issuer.Keys = [.. _world.Issuer.Keys, next];
        _world.Time.Advance(TimeSpan.FromSeconds(31));

        await _world.AcceptsAsync(next.Sign(_world.Claims()));
    }

    [Fact]
    public async Task UnknownKey_IsAskedForOnceInAnInterval()
    {
        await _world.AcceptsAsync(_world.Token());
        for (var index = 0; index < 20; index++)
        {
            await _world.RefusesAsync(AuthenticationFailure.WrongSignature, IssuerKey.NewEllipticCurve($"invented-{index}").Sign(_world.Claims()));
        }

        Assert.Equal(1, _world.Issuer.Calls(KeySet));
        _world.Time.Advance(TimeSpan.FromSeconds(31));
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, IssuerKey.NewEllipticCurve("invented").Sign(_world.Claims()));
        Assert.Equal(2, _world.Issuer.Calls(KeySet));
    }

    [Fact]
    public async Task UnknownKeyWhileTheIssuerIsDown_IsNotCalledInvalid()
    {
        await _world.AcceptsAsync(_world.Token());
        var token = IssuerKey.NewEllipticCurve("invented").Sign(_world.Claims());
        _world.Issuer.Answers[KeySet] = LoopbackIssuer.Status(500);
        _world.Time.Advance(TimeSpan.FromSeconds(31));

        await _world.RefusesAsync(AuthenticationFailure.IssuerUnavailable, token);
        await _world.RefusesAsync(AuthenticationFailure.IssuerUnavailable, token);
        await _world.AcceptsAsync(_world.Token(("sub", "u2")));
        Assert.Equal(2, _world.Issuer.Calls(KeySet));

        _world.Issuer.Answers.Clear();
        _world.Time.Advance(TimeSpan.FromSeconds(6));
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, token);
    }

    [Fact]
    public async Task RemovedKey_StopsWithTheNextRead_AlsoForTokensThatAreRemembered()
    {
        var (old, other) = (_world.Token(), _world.Curve.Sign(_world.Claims()));
        await _world.AcceptsAsync(old);
        await _world.AcceptsAsync(other);
        _world.Issuer.Keys = [_world.Curve];
        _world.Time.Advance(TimeSpan.FromSeconds(31));

        Assert.True(await _world.Keys.RefreshAsync());

        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, old);
        await _world.AcceptsAsync(other);
    }

    [Fact]
    public async Task EmptyKeySet_IsBelieved()
    {
        await _world.AcceptsAsync(_world.Token());
        _world.Issuer.Keys = [];
        _world.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.True(await _world.Keys.RefreshAsync());

        _world.Issuer.Keys = [IssuerKey.NewEllipticCurve("x")];
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, _world.Issuer.Keys[0].Sign(_world.Claims()));
    }

    [Fact]
    public async Task KeysAreReadAgain_WhenDueAndNotBefore()
    {
        await _world.Keys.RefreshWhenDueAsync();
        _world.Time.Advance(TimeSpan.FromMinutes(9));
        await _world.Keys.RefreshWhenDueAsync();
        Assert.Equal(1, _world.Issuer.Calls(KeySet));

        _world.Time.Advance(TimeSpan.FromMinutes(1) + _second);
        await _world.Keys.RefreshWhenDueAsync();
        Assert.Equal(2, _world.Issuer.Calls(KeySet));
    }

    [Fact]
    public async Task OldKeys_HoldForADayAndNoLonger()
    {
        _world.Use(entry => entry.JwksUri = $"{_world.Issuer.Address}/a/jwks");
        await _world.AcceptsAsync(_world.Token());
        _world.Issuer.Answers[KeySet] = LoopbackIssuer.Status(503);

        _world.Time.Advance(TimeSpan.FromHours(23));
        await _world.Keys.RefreshWhenDueAsync();
        await _world.AcceptsAsync(_world.Token());

        _world.Time.Advance(TimeSpan.FromHours(1) + _second);
        await _world.RefusesAsync(AuthenticationFailure.IssuerUnavailable, _world.Token());

        _world.Issuer.Answers.Clear();
        _world.Time.Advance(TimeSpan.FromSeconds(6));
        await _world.AcceptsAsync(_world.Token());
    }

    [Theory]
    [InlineData(KeySet, "")]
    [InlineData(KeySet, "<html>")]
    [InlineData(KeySet, "[]")]
    [InlineData(KeySet, "{}")]
    [InlineData(KeySet, """{"keys":{}}""")]
    [InlineData(KeySet, "{\"keys\":[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]}")]
    [InlineData(KeySet, """{"keys":[{"kty":"RSA","kid":"\ud800"}]}""")]
    [InlineData(Discovery, "{}")]
    [InlineData(Discovery, """{"issuer":"https://other.example","jwks_uri":"ADDRESS/a/jwks"}""")]
    [InlineData(Discovery, """{"issuer":"ADDRESS/a/","jwks_uri":"ADDRESS/a/jwks"}""")]
    [InlineData(Discovery, """{"issuer":"ADDRESS/a"}""")]
    [InlineData(Discovery, """{"issuer":"ADDRESS/a","jwks_uri":"/a/jwks"}""")]
    [InlineData(Discovery, """{"issuer":"ADDRESS/a","jwks_uri":"http://198.51.100.1/jwks"}""")]
    [InlineData(Discovery, """{"issuer":"ADDRESS/a","jwks_uri":"file:///etc/passwd"}""")]
    public async Task NonsenseOfAnIssuer_IsUnavailable_AndLeavesOldKeys(string path, string text)
    {
        _world.Issuer.Answers[path] = LoopbackIssuer.Text(text.Replace("ADDRESS", _world.Issuer.Address, StringComparison.Ordinal));
        await _world.RefusesAsync(AuthenticationFailure.IssuerUnavailable, _world.Token());

        _world.Issuer.Answers.Remove(path, out var answer);
        _world.Time.Advance(TimeSpan.FromSeconds(6));
        await _world.AcceptsAsync(_world.Token());

        _world.Issuer.Answers[path] = answer!;
        _world.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.False(await _world.Keys.RefreshAsync());
        await _world.AcceptsAsync(_world.Token(("sub", "another")));
    }

    [Fact]
    public async Task KeySetOfAMegabyte_IsNotRead()
    {
        _world.Issuer.Answers[KeySet] = async context =>
        {
            await context.Response.WriteAsync("""{"keys":[],"pad":" """);
            for (var written = 0; written < 1024 && !context.RequestAborted.IsCancellationRequested; written++)
            {
                await context.Response.WriteAsync(new string(' ', 1024), context.RequestAborted);
            }

            await context.Response.WriteAsync("\"}");
        };

        await _world.RefusesAsync(AuthenticationFailure.IssuerUnavailable, _world.Token());
    }

    [Fact]
    public async Task TooManyKeys_AreNoKeySet()
    {
        var key = _world.Curve.Public().ToJsonString();
        _world.Issuer.Answers[KeySet] = LoopbackIssuer.Text($"{{\"keys\":[{string.Join(',', Enumerable.Repeat(key, 65))}]}}");

        await _world.RefusesAsync(AuthenticationFailure.IssuerUnavailable, _world.Curve.Sign(_world.Claims()));
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        _world.Issuer.Answers[KeySet] = context =>
        {
            context.Response.Redirect("/b/jwks");
            return Task.CompletedTask;
        };

        await _world.RefusesAsync(AuthenticationFailure.IssuerUnavailable, _world.Token());
        Assert.Equal(0, _world.Issuer.Calls("/b/jwks"));
    }

    [Fact]
    public async Task IssuerThatDoesNotAnswer_IsUnavailableInTime()
    {
        var asked = new TaskCompletionSource();
        _world.Issuer.Answers[KeySet] = context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var pending = _world.AuthenticateAsync(_world.Token());
        await asked.Task;

        _world.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(AuthenticationFailure.IssuerUnavailable, (await pending).Failure);
    }

    [Fact]
    public async Task WhoGivesUpWaiting_DoesNotEndItForOthers()
    {
        var (asked, mayAnswer) = (new TaskCompletionSource(), new TaskCompletionSource());
        _world.Issuer.Answers[KeySet] = async context =>
        {
            asked.TrySetResult();
            await mayAnswer.Task;
            await context.Response.WriteAsJsonAsync(_world.Issuer.KeySet());
        };
        using var impatient = new CancellationTokenSource();
        var token = _world.Token();
        var first = _world.Authenticator.AuthenticateAsync(token, impatient.Token).AsTask();
        var second = _world.AuthenticateAsync(token);
        await asked.Task;
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        mayAnswer.SetResult();

        Assert.NotNull((await second).Identity);
        Assert.Equal(1, _world.Issuer.Calls(KeySet));
    }

    [Fact]
    public async Task UnfitKeys_VerifyNothing()
    {
        var (weak, encryption, bound, nameless) = (IssuerKey.NewRsa("weak", 1024), IssuerKey.NewEllipticCurve("enc"), IssuerKey.NewRsa("bound"), IssuerKey.NewEllipticCurve("nameless"));
        var set = new JsonArray(
            weak.Public(),
            With(encryption.Public(), "use", "enc"),
            With(bound.Public(), "alg", "RS512"),
            With(nameless.Public(), "kid", null),
            new JsonObject { ["kty"] = "oct", ["kid"] = "oct", ["k"] = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTAxMjM" },
            With(IssuerKey.NewEllipticCurve("off-curve").Public(), "y", IssuerKey.Encode(new byte[32])),
            With(IssuerKey.NewRsa("no-e").Public(), "e", ""),
            "no object",
            With(_world.Curve.Public(), "use", null));
        _world.Issuer.Answers[KeySet] = LoopbackIssuer.Text(new JsonObject { ["keys"] = set }.ToJsonString());

        await _world.AcceptsAsync(_world.Curve.Sign(_world.Claims()));
        foreach (var key in (IssuerKey[])[weak, encryption, bound, nameless])
        {
            await _world.RefusesAsync(AuthenticationFailure.WrongSignature, key.Sign(_world.Claims()));
        }

        await _world.AcceptsAsync(nameless.Sign(_world.Claims(), header => header.Remove("kid")));
    }

    [Fact]
    public async Task CurveAndAlgorithm_MustFit()
    {
        var p384 = IssuerKey.NewEllipticCurve("p384", ECCurve.NamedCurves.nistP384);
        _world.Issuer.Keys = [p384];
        _world.Use(entry => entry.AllowedAlgorithms = ["RS256", "ES256"]);

        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, p384.Sign(_world.Claims(), header => header["alg"] = "ES256"));
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, p384.Sign(_world.Claims(), header => header["alg"] = "RS256"));
    }

    private static JsonObject With(JsonObject key, string name, string? value)
    {
        key.Remove(name);
        if (value is not null)
        {
            key[name] = value;
        }

        return key;
    }
}
