using System.Text.Json.Nodes;
using AuthSidecar.Authentication;
using AuthSidecar.Changes;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.Tests.Authentication.Jwt;

/// <summary>What is remembered of tokens, what the issuer says of revoked ones, and clocks that jump.</summary>
public sealed class JwtCacheTests : IAsyncLifetime
{
    private const string Revocation = "/a/revocation";
    private JwtWorld _world = null!;

    public async Task InitializeAsync() => _world = await JwtWorld.StartAsync(entry => entry.RevocationUri = entry.Issuer + "/revocation");

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Revocation_IsAskedOnceInATimeToLive()
    {
        var token = _world.Token();
        for (var index = 0; index < 10; index++)
        {
            await _world.AcceptsAsync(token);
        }

        Assert.Equal(token, Assert.Single(_world.Issuer.AskedAbout));
        _world.Time.Advance(TimeSpan.FromSeconds(61));
        await _world.AcceptsAsync(token);
        Assert.Equal(2, _world.Issuer.Calls(Revocation));
    }

    [Fact]
    public async Task TokenThatIsNoGood_IsNotShownToAnybody()
    {
        await _world.RefusesAsync(AuthenticationFailure.ExpiredKey, _world.Token(("exp", 1)));
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, IssuerKey.NewRsa("rsa-1").Sign(_world.Claims()));
        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, _world.Token(("sub", null)));

        Assert.Empty(_world.Issuer.AskedAbout);
    }

    [Theory]
    [InlineData("""{"active":true}""", null)]
    [InlineData("""{"active":true,"sub":"u1","scope":"x"}""", null)]
    [InlineData("""{"disabled":false}""", null)]
    [InlineData("""{"active":false}""", AuthenticationFailure.RevokedKey)]
    [InlineData("""{"disabled":true}""", AuthenticationFailure.InactiveUser)]
    [InlineData("""{"active":false,"disabled":true}""", AuthenticationFailure.InactiveUser)]
    [InlineData("""{"active":true,"disabled":true}""", AuthenticationFailure.InactiveUser)]
    [InlineData("""{"tokensValidAfter":BEFORE}""", null)]
    [InlineData("""{"tokensValidAfter":LOGIN}""", null)]
    [InlineData("""{"tokensValidAfter":AFTER}""", AuthenticationFailure.RevokedKey)]
    [InlineData("""{"validSince":"AFTER"}""", AuthenticationFailure.RevokedKey)]
    [InlineData("""{"validSince":"BEFORE"}""", null)]
    [InlineData("""{"validSince":"2026-01-02T03:04:04Z"}""", null)]
    [InlineData("""{"validSince":"2026-01-02T03:04:06+00:00"}""", AuthenticationFailure.RevokedKey)]
    [InlineData("""{"active":true,"validSince":"AFTER"}""", AuthenticationFailure.RevokedKey)]
    [InlineData("""{}""", AuthenticationFailure.IssuerUnavailable)]
    [InlineData("""{"error":"slow down"}""", AuthenticationFailure.IssuerUnavailable)]
    [InlineData("""{"active":"true"}""", AuthenticationFailure.IssuerUnavailable)]
    [InlineData("""{"active":null}""", AuthenticationFailure.IssuerUnavailable)]
    [InlineData("""{"active":true,"disabled":1}""", AuthenticationFailure.IssuerUnavailable)]
    [InlineData("""{"tokensValidAfter":"yesterday"}""", AuthenticationFailure.IssuerUnavailable)]
    [InlineData("""{"tokensValidAfter":-1}""", AuthenticationFailure.IssuerUnavailable)]
    [InlineData("""{"tokensValidAfter":{}}""", AuthenticationFailure.IssuerUnavailable)]
    [InlineData("""{"active":true,"validSince":"\ud800"}""", AuthenticationFailure.IssuerUnavailable)]
    [InlineData("""{"active":true,"active":false}""", AuthenticationFailure.IssuerUnavailable)]
    [InlineData("active", AuthenticationFailure.IssuerUnavailable)]
    [InlineData("", AuthenticationFailure.IssuerUnavailable)]
    public async Task AnswerAboutAToken_IsTakenAtItsWord(string answer, object? failure)
    {
        var login = _world.Seconds(TimeSpan.Zero);
        _world.Issuer.Answers[Revocation] = LoopbackIssuer.Text(answer
            .Replace("BEFORE", $"{login - 1}", StringComparison.Ordinal).Replace("AFTER", $"{login + 1}", StringComparison.Ordinal).Replace("LOGIN", $"{login}", StringComparison.Ordinal));

        var result = await _world.AuthenticateAsync(_world.Token());

        Assert.Equal(failure is null, result.Identity is not null);
        Assert.True(failure is null || result.Failure.Equals(failure), $"{result.Failure}");
    }

    [Fact]
    public async Task TimeOfTheLogin_CountsBeforeThatOfTheToken()
    {
        var login = _world.Seconds(TimeSpan.Zero);
        _world.Issuer.Revocation = _ => new() { ["validSince"] = login - 100 };

        await _world.AcceptsAsync(_world.Token());
        await _world.RefusesAsync(AuthenticationFailure.RevokedKey, _world.Token(("auth_time", login - 101)));
        await _world.AcceptsAsync(_world.Token(("auth_time", login - 99), ("iat", login - 200)));
        await _world.RefusesAsync(AuthenticationFailure.RevokedKey, _world.Token(("iat", null)));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(401)]
    [InlineData(204)]
    [InlineData(302)]
    public async Task RevocationThatFails_IsUnavailable_AndIsAskedAgain(int status)
    {
        var token = _world.Token();
        _world.Issuer.Answers[Revocation] = LoopbackIssuer.Status(status);
        await _world.RefusesAsync(AuthenticationFailure.IssuerUnavailable, token);

        _world.Issuer.Answers.Clear();
        await _world.AcceptsAsync(token);
    }

    [Fact]
    public async Task RevocationThatDoesNotAnswer_IsUnavailableInTime()
    {
        await _world.Keys.RefreshAsync();
        var asked = new TaskCompletionSource();
        _world.Issuer.Answers[Revocation] = context =>
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
    public async Task RememberedToken_EndsWithItsExpiry()
    {
        var token = _world.Token(("exp", _world.Seconds(TimeSpan.FromSeconds(10))));
        await _world.AcceptsAsync(token);

        _world.Time.Advance(TimeSpan.FromSeconds(10));

        await _world.RefusesAsync(AuthenticationFailure.ExpiredKey, token);
    }

    [Fact]
    public async Task ClockThatJumpsAhead_ExpiresRememberedTokens_AndBackWakesThem()
    {
        var token = _world.Token();
        await _world.AcceptsAsync(token);

        _world.Time.Jump(TimeSpan.FromHours(2));
        await _world.RefusesAsync(AuthenticationFailure.ExpiredKey, token);

        _world.Time.Jump(TimeSpan.FromHours(-2));
        _world.Time.Advance(TimeSpan.FromSeconds(11));
        await _world.AcceptsAsync(token);
    }

    [Fact]
    public async Task ClockThatJumpsBack_MakesTokensNotYetValid_AndLeavesKeysUsable()
    {
        await _world.AcceptsAsync(_world.Token());
        var later = _world.Token(("sub", "u2"), ("nbf", _world.Seconds(TimeSpan.Zero)));

        _world.Time.Jump(TimeSpan.FromDays(-3));

        await _world.RefusesAsync(AuthenticationFailure.NotYetValid, later);
        await _world.AcceptsAsync(_world.Token(("sub", "u3")));
        Assert.Equal(1, _world.Issuer.Calls("/a/jwks"));
    }

    [Fact]
    public async Task RefusedToken_IsRememberedForAWhile()
    {
        _world.Issuer.Revocation = _ => new() { ["active"] = false };
        var token = _world.Token();
        await _world.RefusesAsync(AuthenticationFailure.RevokedKey, token);
        await _world.RefusesAsync(AuthenticationFailure.RevokedKey, token);
        Assert.Single(_world.Issuer.AskedAbout);

        _world.Issuer.Revocation = _ => new() { ["active"] = true };
        _world.Time.Advance(TimeSpan.FromSeconds(11));
        await _world.AcceptsAsync(token);
    }

    [Fact]
    public async Task ManyAtOnce_AskOnce()
    {
        var token = _world.Token();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _world.AcceptsAsync(token)));

        Assert.Single(_world.Issuer.AskedAbout);
    }

    [Fact]
    public async Task Reload_ForgetsAnswersAndKeepsKeys()
    {
        var token = _world.Token();
        await _world.AcceptsAsync(token);

        _world.Use(entry => entry.Audiences = ["other"]);
        await _world.RefusesAsync(AuthenticationFailure.WrongAudience, token);
        _world.Use(entry => entry.Audiences = ["llm"]);
        await _world.AcceptsAsync(token);
        Assert.Equal(1, _world.Issuer.Calls("/a/jwks"));

        _world.Authenticator.Use([]);
        await _world.RefusesAsync(AuthenticationFailure.UnknownFamily, token);
    }

    [Fact]
    public async Task ReloadDuringARead_DecidesBothByTheNewSettings()
    {
        var (asked, mayAnswer) = (new TaskCompletionSource(), new TaskCompletionSource());
        _world.Issuer.Answers[Revocation] = async context =>
        {
            asked.TrySetResult();
            await mayAnswer.Task;
            await LoopbackIssuer.Text("""{"active":true}""")(context);
        };
        var token = _world.Token();
        var pending = _world.AuthenticateAsync(token);
        await asked.Task;

        _world.Use(entry => entry.Audiences = ["other"]);
        mayAnswer.SetResult();

        Assert.Equal(AuthenticationFailure.WrongAudience, (await pending).Failure);
        await _world.RefusesAsync(AuthenticationFailure.WrongAudience, token);
    }

    [Fact]
    public async Task WithoutTimeToLive_NothingIsRemembered()
    {
        await using var world = await JwtWorld.StartAsync(entry => entry.RevocationUri = entry.Issuer + "/revocation", new CacheOptions { PositiveTtl = TimeSpan.Zero, NegativeTtl = TimeSpan.Zero });
        var token = world.Token();

        await world.AcceptsAsync(token);
        world.Issuer.Revocation = _ => new JsonObject { ["active"] = false };

        await world.RefusesAsync(AuthenticationFailure.RevokedKey, token);
    }
}
