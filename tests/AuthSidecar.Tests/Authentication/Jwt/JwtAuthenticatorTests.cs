using System.Security.Cryptography;
using System.Text.Json.Nodes;
using AuthSidecar.Authentication;
using AuthSidecar.Authentication.Jwt;
using AuthSidecar.Pipeline;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.Tests.Authentication.Jwt;

/// <summary>Which tokens of a well-behaved issuer count, and why the others do not.</summary>
public sealed class JwtAuthenticatorTests : IAsyncLifetime
{
    private JwtWorld _world = null!;

    public async Task InitializeAsync() => _world = await JwtWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task GoodToken_IsTheIssuersSubject()
    {
        var identity = (await _world.AuthenticateAsync(_world.Token())).Identity!;

        Assert.Equal(("", null, null, null), (identity.KeyId, identity.UserId, identity.Username, identity.Tenant));
        Assert.Equal((SubjectType.Account, $"{_world.Entry.Issuer}|u1", $"{_world.Entry.Issuer}|u1"), (identity.Type, identity.Subject, identity.Account));
        Assert.Equal(["llm:invoke", "apps:run"], identity.Scopes);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(_world.Seconds(TimeSpan.FromHours(1))), identity.ExpiresAt);
    }

    [Fact]
    public async Task Mapping_IsTheEntrys()
    {
        _world.Use(entry => (entry.SubjectClaim, entry.SubjectType, entry.ScopesClaim, entry.TenantClaim) = ("email", "end_user", "permissions", "org"));

        var identity = (await _world.AuthenticateAsync(_world.Token(("email", "a@b.example"), ("permissions", new JsonArray("x", "y:z")), ("org", "acme-1")))).Identity!;

        Assert.Equal((SubjectType.EndUser, $"{_world.Entry.Issuer}|a@b.example", "acme-1"), (identity.Type, identity.Subject, identity.Tenant));
        Assert.Equal(["x", "y:z"], identity.Scopes);
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    public async Task RsaAlgorithm_CountsOnlyWhereItIsAllowed(string algorithm)
    {
        var token = _world.Rsa.Sign(_world.Claims(), header => header["alg"] = algorithm);
        await (algorithm == "RS256" ? _world.AcceptsAsync(token) : _world.RefusesAsync(AuthenticationFailure.WrongSignature, token));

        _world.Use(entry => entry.AllowedAlgorithms = [algorithm]);
        await _world.AcceptsAsync(token);
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, _world.Curve.Sign(_world.Claims()));
    }

    [Fact]
    public async Task EllipticCurves_CountWithTheirAlgorithm()
    {
        var (p384, p521) = (IssuerKey.NewEllipticCurve("p384", ECCurve.NamedCurves.nistP384), IssuerKey.NewEllipticCurve("p521", ECCurve.NamedCurves.nistP521));
        _world.Issuer.Keys = [.. _world.Issuer.Keys, p384, p521];
        _world.Use(entry => entry.AllowedAlgorithms = ["ES256", "ES384", "ES512"]);

        await _world.AcceptsAsync(_world.Curve.Sign(_world.Claims()));
        await _world.AcceptsAsync(p384.Sign(_world.Claims()));
        await _world.AcceptsAsync(p521.Sign(_world.Claims()));
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, p384.Sign(_world.Claims(), header => header["alg"] = "ES256"));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("HS256")]
    [InlineData("RS1")]
    [InlineData("EdDSA")]
    [InlineData("")]
    public async Task OtherAlgorithm_IsNeverASignature(string algorithm) =>
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, _world.Rsa.Sign(_world.Claims(), header => header["alg"] = algorithm));

    [Fact]
    public async Task SharedSecretMadeOfThePublicKey_IsNoSignature()
    {
        foreach (var keyId in (string?[])["rsa-1", "ec-1", null])
        {
            var token = _world.Rsa.Sign(_world.Claims(), header =>
            {
                header["alg"] = "HS256";
                header["kid"] = keyId;
            });
            await _world.RefusesAsync(keyId is null ? AuthenticationFailure.InvalidKey : AuthenticationFailure.WrongSignature, token);
        }
    }

    [Fact]
    public async Task SignatureOfAnotherKey_IsWrong()
    {
        var other = IssuerKey.NewRsa("rsa-1");

        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, other.Sign(_world.Claims()));
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, other.Sign(_world.Claims(("exp", 1))));
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, other.Sign(_world.Claims(("aud", "others"))));
    }

    [Fact]
    public async Task AnyChangedCharacterOfTheSignedPart_BreaksIt()
    {
        var token = _world.Token();
        await _world.AcceptsAsync(token);
        foreach (var index in Enumerable.Range(0, token.Length).Where(index => index % 7 == 0 && token[index] != '.' && index < token.Length - 2))
        {
            var changed = token[..index] + (token[index] == 'A' ? 'B' : 'A') + token[(index + 1)..];

            Assert.Null((await _world.AuthenticateAsync(changed)).Identity);
        }
    }

    [Fact]
    public async Task KeysThatTheTokenBrings_AreNotUsed()
    {
        var mine = IssuerKey.NewRsa("mine");
        foreach (var name in (string[])["jwk", "jku", "x5u"])
        {
            var token = mine.Sign(_world.Claims(), header => header[name] = name == "jwk" ? mine.Public() : JsonValue.Create($"{_world.Issuer.Address}/evil/jwks"));

            await _world.RefusesAsync(AuthenticationFailure.WrongSignature, token);
        }

        Assert.Equal(0, _world.Issuer.Calls("/evil/jwks"));
    }

    [Theory]
    [InlineData("""{"crit":["exp"],"exp":1}""")]
    [InlineData("""{"crit":[]}""")]
    [InlineData("""{"b64":false}""")]
    [InlineData("""{"typ":"logout+jwt"}""")]
    [InlineData("""{"typ":"dpop+jwt"}""")]
    [InlineData("""{"typ":7}""")]
    [InlineData("""{"kid":7}""")]
    [InlineData("""{"kid":""}""")]
    public async Task OtherHeader_IsInvalid(string members) =>
        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, _world.Rsa.Sign(_world.Claims(), header =>
        {
            foreach (var (name, value) in JsonNode.Parse(members)!.AsObject())
            {
                header[name] = value?.DeepClone();
            }
        }));

    [Theory]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("[\"RS256\"]")]
    public async Task AlgorithmThatIsNoText_IsInvalid(string algorithm)
    {
        var parts = _world.Token().Split('.');

        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, $"{IssuerKey.Encode($"{{\"kid\":\"rsa-1\",\"alg\":{algorithm}}}")}.{parts[1]}.{parts[2]}");
    }

    [Theory]
    [InlineData("at+jwt")]
    [InlineData("AT+JWT")]
    [InlineData("application/at+jwt")]
    [InlineData("jwt")]
    public async Task TypeOfAnAccessToken_Counts(string type) => await _world.AcceptsAsync(_world.Rsa.Sign(_world.Claims(), header => header["typ"] = type));

    [Fact]
    public async Task Token_NeedsNoKeyIdAndNoType() => await _world.AcceptsAsync(_world.Rsa.Sign(_world.Claims(), header =>
    {
        header.Remove("kid");
        header.Remove("typ");
    }));

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("rsa-1' OR '1'='1")]
    [InlineData("RSA-1")]
    [InlineData("/dev/null")]
    public async Task OddKeyId_IsOnlyCompared(string keyId) =>
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, _world.Rsa.Sign(_world.Claims(), header => header["kid"] = keyId));

    [Fact]
    public async Task LongKeyIdAndLongToken_AreInvalid()
    {
        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, _world.Rsa.Sign(_world.Claims(), header => header["kid"] = new string('k', 257)));
        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, _world.Rsa.Sign(_world.Claims(), header => header["kid"] = new string('k', 1_000_000)));
        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, _world.Token(("pad", new string('p', JwtAuthenticator.Longest))));
        await _world.AcceptsAsync(_world.Token(("pad", new string('p', JwtAuthenticator.Longest / 2))));
    }

    [Theory]
    [InlineData("""{"iss":"I","iss":"I","aud":"llm","sub":"u","exp":9999999999}""")]
    [InlineData("""{"iss":"I","aud":"llm","sub":"u","sub":"root","exp":9999999999}""")]
    [InlineData("""{"iss":"I","aud":"llm","sub":"u","exp":9999999999,"a":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}""")]
    [InlineData("""{"iss":"I","aud":"llm","sub":"\ud800","exp":9999999999}""")]
    [InlineData("""{"iss":"\udc00"}""")]
    [InlineData("""{"iss":"I","\ud800":1}""")]
    [InlineData("""{"iss":"I","\u0069ss":"I"}""")]
    [InlineData("""["iss"]""")]
    [InlineData("""{"iss":"I","aud":"llm","sub":"u","exp":9999999999""")]
    [InlineData("null")]
    public async Task PayloadThatReadersReadDifferently_IsInvalid(string payload) =>
        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, _world.Rsa.Sign(payload.Replace("\"I\"", $"\"{_world.Entry.Issuer}\"", StringComparison.Ordinal)));

    [Fact]
    public async Task Garbage_IsInvalid()
    {
        var parts = _world.Token().Split('.');
        foreach (var token in (string[])["eyJ.eyJ.x", "eyJhbGciOiJSUzI1NiJ9.e30", $"{parts[0]}.{parts[1]}.", $"{parts[0]}..{parts[2]}", "..", ""])
        {
            Assert.Null((await _world.AuthenticateAsync(token)).Identity);
        }

        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, "eyJ.eyJ.x");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/x")]
    [InlineData(" ")]
    public async Task OtherIssuer_IsUnknown(string end)
    {
        await _world.RefusesAsync(AuthenticationFailure.UnknownIssuer, _world.Token(("iss", _world.Entry.Issuer + end)));
        await _world.RefusesAsync(AuthenticationFailure.UnknownIssuer, _world.Token(("iss", _world.Entry.Issuer.ToUpperInvariant())));
        await _world.RefusesAsync(AuthenticationFailure.UnknownIssuer, _world.Token(("iss", null)));
        await _world.RefusesAsync(AuthenticationFailure.UnknownIssuer, _world.Token(("iss", new JsonArray(_world.Entry.Issuer))));
        Assert.Equal(0, _world.Issuer.Calls("/a/jwks"));
    }

    [Theory]
    [InlineData("\"others\"", false)]
    [InlineData("\"llm/\"", false)]
    [InlineData("\"LLM\"", false)]
    [InlineData("[]", false)]
    [InlineData("null", false)]
    [InlineData("[\"others\",\"llm\"]", true)]
    [InlineData("[\"llm\"]", true)]
    public async Task Audience_IsExact(string audience, bool isRight)
    {
        var result = await _world.AuthenticateAsync(_world.Rsa.Sign(_world.Claims(("aud", null)).ToJsonString()[..^1] + $",\"aud\":{audience}}}"));

        Assert.Equal(isRight, result.Identity is not null);
        Assert.True(isRight || result.Failure == AuthenticationFailure.WrongAudience, $"{result.Failure}");
    }

    [Fact]
    public async Task Times_HoldWithTheStatedSkew()
    {
        var now = TimeSpan.Zero;
        await _world.RefusesAsync(AuthenticationFailure.ExpiredKey, _world.Token(("exp", _world.Seconds(now))));
        await _world.AcceptsAsync(_world.Token(("exp", _world.Seconds(TimeSpan.FromSeconds(1)))));
        await _world.AcceptsAsync(_world.Token(("nbf", _world.Seconds(TimeSpan.FromSeconds(60)))));
        await _world.RefusesAsync(AuthenticationFailure.NotYetValid, _world.Token(("nbf", _world.Seconds(TimeSpan.FromSeconds(61)))));
        await _world.RefusesAsync(AuthenticationFailure.NotYetValid, _world.Token(("iat", _world.Seconds(TimeSpan.FromSeconds(61)))));
        await _world.RefusesAsync(AuthenticationFailure.ExpiredKey, _world.Token(("exp", 1.5)));
        await _world.AcceptsAsync(_world.Token(("exp", _world.Seconds(TimeSpan.FromHours(1)) + 0.5)));
    }

    [Theory]
    [InlineData("aud", "7")]
    [InlineData("aud", "{}")]
    [InlineData("exp", "null")]
    [InlineData("exp", "\"9999999999\"")]
    [InlineData("exp", "-1")]
    [InlineData("exp", "1e300")]
    [InlineData("exp", "1e400")]
    [InlineData("nbf", "\"1\"")]
    [InlineData("iat", "{}")]
    [InlineData("sub", "7")]
    [InlineData("sub", "\"\"")]
    [InlineData("sub", "\" u\"")]
    [InlineData("sub", "\"u\\r\\nx-authsidecar-caller-subject: root\"")]
    [InlineData("sub", "\"\\u00fc\"")]
    [InlineData("scope", "7")]
    [InlineData("scope", "[\"a\",7]")]
    [InlineData("scope", "[\"a b\"]")]
    [InlineData("scope", "\"a\\u0000\"")]
    public async Task ClaimOfTheWrongForm_IsInvalid(string name, string value) =>
        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, _world.Rsa.Sign(_world.Claims((name, null)).ToJsonString()[..^1] + $",\"{name}\":{value}}}"));

    [Fact]
    public async Task RequiredClaims_AreRequired()
    {
        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, _world.Token(("exp", null)));
        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, _world.Token(("sub", null)));
        await _world.RefusesAsync(AuthenticationFailure.InvalidKey, _world.Token(("sub", new string('u', 256))));
        await _world.AcceptsAsync(_world.Token(("iat", null)));
        Assert.Empty((await _world.AuthenticateAsync(_world.Token(("scope", null)))).Identity!.Scopes);
    }

    [Theory]
    [InlineData("acme", true)]
    [InlineData("a/b", false)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    public async Task Tenant_HasTheFormOfAnId(string tenant, bool isRight)
    {
        _world.Use(entry => entry.TenantClaim = "tid");

        var result = await _world.AuthenticateAsync(_world.Token(("tid", tenant)));

        Assert.Equal(isRight, result.Identity?.Tenant == tenant);
        Assert.True(isRight || result.Failure == AuthenticationFailure.InvalidKey, $"{result.Failure}");
        Assert.Null((await _world.AuthenticateAsync(_world.Token())).Identity!.Tenant);
    }

    [Fact]
    public async Task WithoutIssuers_NoJwtIsKnown()
    {
        var token = _world.Token();
        _world.Authenticator.Use([]);

        await _world.RefusesAsync(AuthenticationFailure.UnknownFamily, token);
        Assert.Equal(0, _world.Issuer.Calls("/a/jwks"));
    }

    [Fact]
    public async Task SeveralIssuers_EachVerifiesOnlyItsOwn()
    {
        await using var other = await LoopbackIssuer.StartAsync();
        other.Keys = [IssuerKey.NewRsa("rsa-1")];
        var second = new JwtOptions { Issuer = $"{other.Address}/a", Audiences = ["llm"], SubjectType = "service" };
        _world.Authenticator.Use([_world.Entry, second]);

        await _world.AcceptsAsync(_world.Token());
        Assert.Equal(SubjectType.Service, (await _world.AuthenticateAsync(other.Keys[0].Sign(_world.Claims(("iss", second.Issuer))))).Identity!.Type);
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, _world.Rsa.Sign(_world.Claims(("iss", second.Issuer))));
        await _world.RefusesAsync(AuthenticationFailure.WrongSignature, other.Keys[0].Sign(_world.Claims()));
    }
}
