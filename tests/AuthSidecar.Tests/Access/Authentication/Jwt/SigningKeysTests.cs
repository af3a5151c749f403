using System.Security.Cryptography;
using System.Text.Json.Nodes;
using AuthSidecar.Access.Identities;
using AuthSidecar.TestSupport.Corpus;
using Microsoft.AspNetCore.Http;

namespace AuthSidecar.Tests.Access.Authentication.Jwt;

/// <summary>Keys that rotate, and issuers that are down, slow, wrong or hostile.</summary>
public sealed class SigningKeysTests : IAsyncLifetime
{
    private const string Discovery = "/a/.well-known/openid-configuration";
    private const string KeySet = "/a/jwks";
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private JwtFixture _fixture = null!;

    public async Task InitializeAsync() => _fixture = await JwtFixture.StartAsync();

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task ManyAtOnce_ReadTheKeysOnce()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(index => _fixture.AcceptsAsync(_fixture.Token(("sub", $"u{index}")))));

        Assert.Equal((1, 1), (_fixture.Issuer.Calls(Discovery), _fixture.Issuer.Calls(KeySet)));
    }

    [Fact]
    public async Task DocumentsWithAByteOrderMark_AreRead()
    {
        var issuer = $"{_fixture.Issuer.Address}/a";
        _fixture.Issuer.Answers[Discovery] = LoopbackIssuer.Text("\ufeff" + $$"""{"issuer":"{{issuer}}","jwks_uri":"{{issuer}}/jwks"}""");
        _fixture.Issuer.Answers[KeySet] = LoopbackIssuer.Text($"\ufeff{_fixture.Issuer.KeySet().ToJsonString()}");

        await _fixture.AcceptsAsync(_fixture.Token());
    }

    [Fact]
    public async Task NewKey_IsFoundAtOnce()
    {
        await _fixture.AcceptsAsync(_fixture.Token());
        var next = IssuerKey.NewEllipticCurve("next");
        _fixture.Issuer.Keys = [.. _fixture.Issuer.Keys, next];
        _fixture.Time.Advance(TimeSpan.FromSeconds(31));

        await _fixture.AcceptsAsync(next.Sign(_fixture.Claims()));
    }

    [Fact]
    public async Task UnknownKey_TriggersOneReadPerInterval()
    {
        await _fixture.AcceptsAsync(_fixture.Token());
        for (var index = 0; index < 20; index++)
        {
            await _fixture.RefusesAsync(
                AuthenticationFailure.WrongSignature,
                IssuerKey.NewEllipticCurve($"invented-{index}").Sign(_fixture.Claims())
            );
        }

        Assert.Equal(1, _fixture.Issuer.Calls(KeySet));
        _fixture.Time.Advance(TimeSpan.FromSeconds(31));
        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, IssuerKey.NewEllipticCurve("invented").Sign(_fixture.Claims()));
        Assert.Equal(2, _fixture.Issuer.Calls(KeySet));
    }

    [Fact]
    public async Task UnknownKeyDuringAnIssuerOutage_IsNotInvalid()
    {
        await _fixture.AcceptsAsync(_fixture.Token());
        var token = IssuerKey.NewEllipticCurve("invented").Sign(_fixture.Claims());
        _fixture.Issuer.Answers[KeySet] = LoopbackIssuer.Status(500);
        _fixture.Time.Advance(TimeSpan.FromSeconds(31));

        await _fixture.RefusesAsync(AuthenticationFailure.IssuerUnavailable, token);
        await _fixture.RefusesAsync(AuthenticationFailure.IssuerUnavailable, token);
        await _fixture.AcceptsAsync(_fixture.Token(("sub", "u2")));
        Assert.Equal(2, _fixture.Issuer.Calls(KeySet));

        _fixture.Issuer.Answers.Clear();
        _fixture.Time.Advance(TimeSpan.FromSeconds(6));
        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, token);
    }

    [Fact]
    public async Task RemovedKey_StopsWithTheNextRead_AlsoForTokensThatAreRemembered()
    {
        var (old, other) = (_fixture.Token(), _fixture.Curve.Sign(_fixture.Claims()));
        await _fixture.AcceptsAsync(old);
        await _fixture.AcceptsAsync(other);
        _fixture.Issuer.Keys = [_fixture.Curve];
        _fixture.Time.Advance(TimeSpan.FromSeconds(31));

        Assert.True(await _fixture.Keys.RefreshAsync());

        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, old);
        await _fixture.AcceptsAsync(other);
    }

    [Fact]
    public async Task EmptyKeySet_IsAccepted()
    {
        await _fixture.AcceptsAsync(_fixture.Token());
        _fixture.Issuer.Keys = [];
        _fixture.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.True(await _fixture.Keys.RefreshAsync());

        _fixture.Issuer.Keys = [IssuerKey.NewEllipticCurve("x")];
        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, _fixture.Issuer.Keys[0].Sign(_fixture.Claims()));
    }

    [Fact]
    public async Task KeysAreReadAgain_WhenDueAndNotBefore()
    {
        await _fixture.Keys.RefreshWhenDueAsync();
        _fixture.Time.Advance(TimeSpan.FromMinutes(9));
        await _fixture.Keys.RefreshWhenDueAsync();
        Assert.Equal(1, _fixture.Issuer.Calls(KeySet));

        _fixture.Time.Advance(TimeSpan.FromMinutes(1) + _second);
        await _fixture.Keys.RefreshWhenDueAsync();
        Assert.Equal(2, _fixture.Issuer.Calls(KeySet));
    }

    [Fact]
    public async Task OldKeys_HoldForADayAndNoLonger()
    {
        _fixture.Use(entry => entry.JwksUri = $"{_fixture.Issuer.Address}/a/jwks");
        await _fixture.AcceptsAsync(_fixture.Token());
        _fixture.Issuer.Answers[KeySet] = LoopbackIssuer.Status(503);

        _fixture.Time.Advance(TimeSpan.FromHours(23));
        await _fixture.Keys.RefreshWhenDueAsync();
        await _fixture.AcceptsAsync(_fixture.Token());

        _fixture.Time.Advance(TimeSpan.FromHours(1) + _second);
        await _fixture.RefusesAsync(AuthenticationFailure.IssuerUnavailable, _fixture.Token());

        _fixture.Issuer.Answers.Clear();
        _fixture.Time.Advance(TimeSpan.FromSeconds(6));
        await _fixture.AcceptsAsync(_fixture.Token());
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
    public async Task InvalidKeySet_IsUnavailable_AndKeepsOldKeys(string path, string text)
    {
        _fixture.Issuer.Answers[path] = LoopbackIssuer.Text(text.Replace("ADDRESS", _fixture.Issuer.Address, StringComparison.Ordinal));
        await _fixture.RefusesAsync(AuthenticationFailure.IssuerUnavailable, _fixture.Token());

        _fixture.Issuer.Answers.Remove(path, out var answer);
        _fixture.Time.Advance(TimeSpan.FromSeconds(6));
        await _fixture.AcceptsAsync(_fixture.Token());

        _fixture.Issuer.Answers[path] = answer!;
        _fixture.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.False(await _fixture.Keys.RefreshAsync());
        await _fixture.AcceptsAsync(_fixture.Token(("sub", "another")));
    }

    [Fact]
    public async Task KeySetOfAMegabyte_IsNotRead()
    {
        _fixture.Issuer.Answers[KeySet] = async context =>
        {
            await context.Response.WriteAsync("""{"keys":[],"pad":" """);
            for (var written = 0; written < 1024 && !context.RequestAborted.IsCancellationRequested; written++)
            {
                await context.Response.WriteAsync(new string(' ', 1024), context.RequestAborted);
            }

            await context.Response.WriteAsync("\"}");
        };

        await _fixture.RefusesAsync(AuthenticationFailure.IssuerUnavailable, _fixture.Token());
    }

    [Fact]
    public async Task TooManyKeys_AreNoKeySet()
    {
        var key = _fixture.Curve.Public().ToJsonString();
        _fixture.Issuer.Answers[KeySet] = LoopbackIssuer.Text($"{{\"keys\":[{string.Join(',', Enumerable.Repeat(key, 65))}]}}");

        await _fixture.RefusesAsync(AuthenticationFailure.IssuerUnavailable, _fixture.Curve.Sign(_fixture.Claims()));
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        _fixture.Issuer.Answers[KeySet] = context =>
        {
            context.Response.Redirect("/b/jwks");
            return Task.CompletedTask;
        };

        await _fixture.RefusesAsync(AuthenticationFailure.IssuerUnavailable, _fixture.Token());
        Assert.Equal(0, _fixture.Issuer.Calls("/b/jwks"));
    }

    [Fact]
    public async Task IssuerThatDoesNotAnswer_IsUnavailableInTime()
    {
        var asked = new TaskCompletionSource();
        _fixture.Issuer.Answers[KeySet] = context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var pending = _fixture.AuthenticateAsync(_fixture.Token());
        await asked.Task;

        _fixture.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(AuthenticationFailure.IssuerUnavailable, (await pending).Failure);
    }

    [Fact]
    public async Task CancelledWaiter_DoesNotAffectOthers()
    {
        var (asked, mayAnswer) = (new TaskCompletionSource(), new TaskCompletionSource());
        _fixture.Issuer.Answers[KeySet] = async context =>
        {
            asked.TrySetResult();
            await mayAnswer.Task;
            await context.Response.WriteAsJsonAsync(_fixture.Issuer.KeySet());
        };
        using var impatient = new CancellationTokenSource();
        var token = _fixture.Token();
        var first = _fixture.Authenticator.AuthenticateAsync(token, impatient.Token).AsTask();
        var second = _fixture.AuthenticateAsync(token);
        await asked.Task;
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        mayAnswer.SetResult();

        Assert.NotNull((await second).Identity);
        Assert.Equal(1, _fixture.Issuer.Calls(KeySet));
    }

    [Fact]
    public async Task UnfitKeys_VerifyNothing()
    {
        var (weak, encryption, bound, nameless) = (
            IssuerKey.NewRsa("weak", 1024),
            IssuerKey.NewEllipticCurve("enc"),
            IssuerKey.NewRsa("bound"),
            IssuerKey.NewEllipticCurve("nameless")
        );
        var set = new JsonArray(
            weak.Public(),
            With(encryption.Public(), "use", "enc"),
            With(bound.Public(), "alg", "RS512"),
            With(nameless.Public(), "kid", null),
            new JsonObject
            {
                ["kty"] = "oct",
                ["kid"] = "oct",
                ["k"] = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTAxMjM",
            },
            With(IssuerKey.NewEllipticCurve("off-curve").Public(), "y", IssuerKey.Encode(new byte[32])),
            With(IssuerKey.NewRsa("no-e").Public(), "e", ""),
            "no object",
            With(_fixture.Curve.Public(), "use", null)
        );
        _fixture.Issuer.Answers[KeySet] = LoopbackIssuer.Text(new JsonObject { ["keys"] = set }.ToJsonString());

        await _fixture.AcceptsAsync(_fixture.Curve.Sign(_fixture.Claims()));
        foreach (var key in (IssuerKey[])[weak, encryption, bound, nameless])
        {
            await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, key.Sign(_fixture.Claims()));
        }

        await _fixture.AcceptsAsync(nameless.Sign(_fixture.Claims(), header => header.Remove("kid")));
    }

    [Fact]
    public async Task CurveAndAlgorithm_MustFit()
    {
        var p384 = IssuerKey.NewEllipticCurve("p384", ECCurve.NamedCurves.nistP384);
        _fixture.Issuer.Keys = [p384];
        _fixture.Use(entry => entry.AllowedAlgorithms = ["RS256", "ES256"]);

        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, p384.Sign(_fixture.Claims(), header => header["alg"] = "ES256"));
        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, p384.Sign(_fixture.Claims(), header => header["alg"] = "RS256"));
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
