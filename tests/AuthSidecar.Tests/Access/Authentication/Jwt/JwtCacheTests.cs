using System.Text.Json.Nodes;
using AuthSidecar.Access.Identities;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.Tests.Access.Authentication.Jwt;

/// <summary>Caching of tokens, revocation responses, and clocks that jump.</summary>
public sealed class JwtCacheTests : IAsyncLifetime
{
    private const string Revocation = "/a/revocation";
    private JwtFixture _fixture = null!;

    public async Task InitializeAsync() =>
        _fixture = await JwtFixture.StartAsync(entry => entry.RevocationUri = entry.Issuer + "/revocation");

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Revocation_IsQueriedOncePerTimeToLive()
    {
        var token = _fixture.Token();
        for (var index = 0; index < 10; index++)
        {
            await _fixture.AcceptsAsync(token);
        }

        Assert.Equal(token, Assert.Single(_fixture.Issuer.AskedAbout));
        _fixture.Time.Advance(TimeSpan.FromSeconds(61));
        await _fixture.AcceptsAsync(token);
        Assert.Equal(2, _fixture.Issuer.Calls(Revocation));
    }

    [Fact]
    public async Task InvalidToken_IsNotForwarded()
    {
        await _fixture.RefusesAsync(AuthenticationFailure.ExpiredKey, _fixture.Token(("exp", 1)));
        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, IssuerKey.NewRsa("rsa-1").Sign(_fixture.Claims()));
        await _fixture.RefusesAsync(AuthenticationFailure.InvalidKey, _fixture.Token(("sub", null)));

        Assert.Empty(_fixture.Issuer.AskedAbout);
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
    public async Task RevocationAnswer_IsFollowed(string answer, object? failure)
    {
        var login = _fixture.Seconds(TimeSpan.Zero);
        _fixture.Issuer.Answers[Revocation] = LoopbackIssuer.Text(
            answer
                .Replace("BEFORE", $"{login - 1}", StringComparison.Ordinal)
                .Replace("AFTER", $"{login + 1}", StringComparison.Ordinal)
                .Replace("LOGIN", $"{login}", StringComparison.Ordinal)
        );

        var result = await _fixture.AuthenticateAsync(_fixture.Token());

        Assert.Equal(failure is null, result.Identity is not null);
        Assert.True(failure is null || result.Failure.Equals(failure), $"{result.Failure}");
    }

    [Fact]
    public async Task TimeOfTheLogin_CountsBeforeThatOfTheToken()
    {
        var login = _fixture.Seconds(TimeSpan.Zero);
        _fixture.Issuer.Revocation = _ => new() { ["validSince"] = login - 100 };

        await _fixture.AcceptsAsync(_fixture.Token());
        await _fixture.RefusesAsync(AuthenticationFailure.RevokedKey, _fixture.Token(("auth_time", login - 101)));
        await _fixture.AcceptsAsync(_fixture.Token(("auth_time", login - 99), ("iat", login - 200)));
        await _fixture.RefusesAsync(AuthenticationFailure.RevokedKey, _fixture.Token(("iat", null)));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(401)]
    [InlineData(204)]
    [InlineData(302)]
    public async Task FailedRevocationQuery_IsUnavailable_AndIsRetried(int status)
    {
        var token = _fixture.Token();
        _fixture.Issuer.Answers[Revocation] = LoopbackIssuer.Status(status);
        await _fixture.RefusesAsync(AuthenticationFailure.IssuerUnavailable, token);

        _fixture.Issuer.Answers.Clear();
        await _fixture.AcceptsAsync(token);
    }

    [Fact]
    public async Task RevocationThatDoesNotAnswer_IsUnavailableInTime()
    {
        await _fixture.Keys.RefreshAsync();
        var asked = new TaskCompletionSource();
        _fixture.Issuer.Answers[Revocation] = context =>
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
    public async Task RememberedToken_EndsWithItsExpiry()
    {
        var token = _fixture.Token(("exp", _fixture.Seconds(TimeSpan.FromSeconds(10))));
        await _fixture.AcceptsAsync(token);

        _fixture.Time.Advance(TimeSpan.FromSeconds(10));

        await _fixture.RefusesAsync(AuthenticationFailure.ExpiredKey, token);
    }

    [Fact]
    public async Task ClockJumpAhead_ExpiresCachedTokens_AndBackRestoresThem()
    {
        var token = _fixture.Token();
        await _fixture.AcceptsAsync(token);

        _fixture.Time.Jump(TimeSpan.FromHours(2));
        await _fixture.RefusesAsync(AuthenticationFailure.ExpiredKey, token);

        _fixture.Time.Jump(TimeSpan.FromHours(-2));
        _fixture.Time.Advance(TimeSpan.FromSeconds(11));
        await _fixture.AcceptsAsync(token);
    }

    [Fact]
    public async Task ClockThatJumpsBack_MakesTokensNotYetValid_AndLeavesKeysUsable()
    {
        await _fixture.AcceptsAsync(_fixture.Token());
        var later = _fixture.Token(("sub", "u2"), ("nbf", _fixture.Seconds(TimeSpan.Zero)));

        _fixture.Time.Jump(TimeSpan.FromDays(-3));

        await _fixture.RefusesAsync(AuthenticationFailure.NotYetValid, later);
        await _fixture.AcceptsAsync(_fixture.Token(("sub", "u3")));
        Assert.Equal(1, _fixture.Issuer.Calls("/a/jwks"));
    }

    [Fact]
    public async Task RefusedToken_IsRememberedForAWhile()
    {
        _fixture.Issuer.Revocation = _ => new() { ["active"] = false };
        var token = _fixture.Token();
        await _fixture.RefusesAsync(AuthenticationFailure.RevokedKey, token);
        await _fixture.RefusesAsync(AuthenticationFailure.RevokedKey, token);
        Assert.Single(_fixture.Issuer.AskedAbout);

        _fixture.Issuer.Revocation = _ => new() { ["active"] = true };
        _fixture.Time.Advance(TimeSpan.FromSeconds(11));
        await _fixture.AcceptsAsync(token);
    }

    [Fact]
    public async Task ConcurrentQueries_AreSentOnce()
    {
        var token = _fixture.Token();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _fixture.AcceptsAsync(token)));

        Assert.Single(_fixture.Issuer.AskedAbout);
    }

    [Fact]
    public async Task Reload_ForgetsAnswersAndKeepsKeys()
    {
        var token = _fixture.Token();
        await _fixture.AcceptsAsync(token);

        _fixture.Use(entry => entry.Audiences = ["other"]);
        await _fixture.RefusesAsync(AuthenticationFailure.WrongAudience, token);
        _fixture.Use(entry => entry.Audiences = ["llm"]);
        await _fixture.AcceptsAsync(token);
        Assert.Equal(1, _fixture.Issuer.Calls("/a/jwks"));

        _fixture.Authenticator.Use([]);
        await _fixture.RefusesAsync(AuthenticationFailure.UnknownFamily, token);
    }

    [Fact]
    public async Task ReloadDuringARead_DecidesBothByTheNewSettings()
    {
        var (asked, mayAnswer) = (new TaskCompletionSource(), new TaskCompletionSource());
        _fixture.Issuer.Answers[Revocation] = async context =>
        {
            asked.TrySetResult();
            await mayAnswer.Task;
            await LoopbackIssuer.Text("""{"active":true}""")(context);
        };
        var token = _fixture.Token();
        var pending = _fixture.AuthenticateAsync(token);
        await asked.Task;

        _fixture.Use(entry => entry.Audiences = ["other"]);
        mayAnswer.SetResult();

        Assert.Equal(AuthenticationFailure.WrongAudience, (await pending).Failure);
        await _fixture.RefusesAsync(AuthenticationFailure.WrongAudience, token);
    }

    [Fact]
    public async Task WithoutTimeToLive_NothingIsRemembered()
    {
        await using var fixture = await JwtFixture.StartAsync(
            entry => entry.RevocationUri = entry.Issuer + "/revocation",
            new CacheOptions { PositiveTtl = TimeSpan.Zero, NegativeTtl = TimeSpan.Zero }
        );
        var token = fixture.Token();

        await fixture.AcceptsAsync(token);
        fixture.Issuer.Revocation = _ => new JsonObject { ["active"] = false };

        await fixture.RefusesAsync(AuthenticationFailure.RevokedKey, token);
    }
}
