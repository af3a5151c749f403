using System.Security.Cryptography;
using System.Text.Json.Nodes;
using AuthSidecar.Access.Identities;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.Tests.Access.Authentication.Jwt;

/// <summary>Accepted and rejected tokens of an available issuer.</summary>
public sealed class JwtAuthenticatorTests : IAsyncLifetime
{
    private JwtFixture _fixture = null!;

    public async Task InitializeAsync() => _fixture = await JwtFixture.StartAsync();

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task GoodToken_IsTheIssuersSubject()
    {
        var identity = (await _fixture.AuthenticateAsync(_fixture.Token())).Identity!;

        Assert.Equal(("", null, null, null), (identity.KeyId, identity.UserId, identity.Username, identity.Tenant));
        Assert.Equal(
            (SubjectType.Account, $"{_fixture.Entry.Issuer}|u1", $"{_fixture.Entry.Issuer}|u1"),
            (identity.Type, identity.Subject, identity.Account)
        );
        Assert.Equal(["llm:invoke", "apps:run"], identity.Scopes);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(_fixture.Seconds(TimeSpan.FromHours(1))), identity.ExpiresAt);
    }

    [Fact]
    public async Task Mapping_IsTheEntrys()
    {
        _fixture.Use(entry =>
            (entry.SubjectClaim, entry.SubjectType, entry.ScopesClaim, entry.TenantClaim) = ("email", "end_user", "permissions", "org")
        );

        var identity = (
            await _fixture.AuthenticateAsync(
                _fixture.Token(("email", "a@b.example"), ("permissions", new JsonArray("x", "y:z")), ("org", "acme-1"))
            )
        ).Identity!;

        Assert.Equal(
            (SubjectType.EndUser, $"{_fixture.Entry.Issuer}|a@b.example", "acme-1"),
            (identity.Type, identity.Subject, identity.Tenant)
        );
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
        var token = _fixture.Rsa.Sign(_fixture.Claims(), header => header["alg"] = algorithm);
        await (algorithm == "RS256" ? _fixture.AcceptsAsync(token) : _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, token));

        _fixture.Use(entry => entry.AllowedAlgorithms = [algorithm]);
        await _fixture.AcceptsAsync(token);
        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, _fixture.Curve.Sign(_fixture.Claims()));
    }

    [Fact]
    public async Task EllipticCurves_CountWithTheirAlgorithm()
    {
        var (p384, p521) = (
            IssuerKey.NewEllipticCurve("p384", ECCurve.NamedCurves.nistP384),
            IssuerKey.NewEllipticCurve("p521", ECCurve.NamedCurves.nistP521)
        );
        _fixture.Issuer.Keys = [.. _fixture.Issuer.Keys, p384, p521];
        _fixture.Use(entry => entry.AllowedAlgorithms = ["ES256", "ES384", "ES512"]);

        await _fixture.AcceptsAsync(_fixture.Curve.Sign(_fixture.Claims()));
        await _fixture.AcceptsAsync(p384.Sign(_fixture.Claims()));
        await _fixture.AcceptsAsync(p521.Sign(_fixture.Claims()));
        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, p384.Sign(_fixture.Claims(), header => header["alg"] = "ES256"));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("HS256")]
    [InlineData("RS1")]
    [InlineData("EdDSA")]
    [InlineData("")]
    public async Task OtherAlgorithm_IsNeverASignature(string algorithm) =>
        await _fixture.RefusesAsync(
            AuthenticationFailure.WrongSignature,
            _fixture.Rsa.Sign(_fixture.Claims(), header => header["alg"] = algorithm)
        );

    [Fact]
    public async Task SharedSecretMadeOfThePublicKey_IsNoSignature()
    {
        foreach (var keyId in (string?[])["rsa-1", "ec-1", null])
        {
            var token = _fixture.Rsa.Sign(_fixture.Claims(), header =>
            {
                header["alg"] = "HS256";
                header["kid"] = keyId;
            });
            await _fixture.RefusesAsync(keyId is null ? AuthenticationFailure.InvalidKey : AuthenticationFailure.WrongSignature, token);
        }
    }

    [Fact]
    public async Task SignatureOfAnotherKey_IsWrong()
    {
        var other = IssuerKey.NewRsa("rsa-1");

        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, other.Sign(_fixture.Claims()));
        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, other.Sign(_fixture.Claims(("exp", 1))));
        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, other.Sign(_fixture.Claims(("aud", "others"))));
    }

    [Fact]
    public async Task AnyChangedCharacterOfTheSignedPart_BreaksIt()
    {
        var token = _fixture.Token();
        await _fixture.AcceptsAsync(token);
        foreach (
            var index in Enumerable.Range(0, token.Length).Where(index => index % 7 == 0 && token[index] != '.' && index < token.Length - 2)
        )
        {
            var changed = token[..index] + (token[index] == 'A' ? 'B' : 'A') + token[(index + 1)..];

            Assert.Null((await _fixture.AuthenticateAsync(changed)).Identity);
        }
    }

    [Fact]
    public async Task KeysThatTheTokenBrings_AreNotUsed()
    {
        var mine = IssuerKey.NewRsa("mine");
        foreach (var name in (string[])["jwk", "jku", "x5u"])
        {
            var token = mine.Sign(_fixture.Claims(), header =>
                header[name] = name == "jwk" ? mine.Public() : JsonValue.Create($"{_fixture.Issuer.Address}/evil/jwks")
            );

            await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, token);
        }

        Assert.Equal(0, _fixture.Issuer.Calls("/evil/jwks"));
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
        await _fixture.RefusesAsync(AuthenticationFailure.InvalidKey, _fixture.Rsa.Sign(_fixture.Claims(), header =>
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
        var parts = _fixture.Token().Split('.');

        await _fixture.RefusesAsync(
            AuthenticationFailure.InvalidKey,
            $"{IssuerKey.Encode($"{{\"kid\":\"rsa-1\",\"alg\":{algorithm}}}")}.{parts[1]}.{parts[2]}"
        );
    }

    [Theory]
    [InlineData("at+jwt")]
    [InlineData("AT+JWT")]
    [InlineData("application/at+jwt")]
    [InlineData("jwt")]
    public async Task TypeOfAnAccessToken_Counts(string type) =>
        await _fixture.AcceptsAsync(_fixture.Rsa.Sign(_fixture.Claims(), header => header["typ"] = type));

    [Fact]
    public async Task Token_NeedsNoKeyIdAndNoType() => await _fixture.AcceptsAsync(_fixture.Rsa.Sign(_fixture.Claims(), header =>
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
        await _fixture.RefusesAsync(
            AuthenticationFailure.WrongSignature,
            _fixture.Rsa.Sign(_fixture.Claims(), header => header["kid"] = keyId)
        );

    [Fact]
    public async Task LongKeyIdAndLongToken_AreInvalid()
    {
        await _fixture.RefusesAsync(
            AuthenticationFailure.InvalidKey,
            _fixture.Rsa.Sign(_fixture.Claims(), header => header["kid"] = new string('k', 257))
        );
        await _fixture.RefusesAsync(
            AuthenticationFailure.InvalidKey,
            _fixture.Rsa.Sign(_fixture.Claims(), header => header["kid"] = new string('k', 1_000_000))
        );
        await _fixture.RefusesAsync(AuthenticationFailure.InvalidKey, _fixture.Token(("pad", new string('p', JwtAuthenticator.Longest))));
        await _fixture.AcceptsAsync(_fixture.Token(("pad", new string('p', JwtAuthenticator.Longest / 2))));
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
        await _fixture.RefusesAsync(
            AuthenticationFailure.InvalidKey,
            _fixture.Rsa.Sign(payload.Replace("\"I\"", $"\"{_fixture.Entry.Issuer}\"", StringComparison.Ordinal))
        );

    [Fact]
    public async Task Garbage_IsInvalid()
    {
        var parts = _fixture.Token().Split('.');
        foreach (
            var token in (string[])["eyJ.eyJ.x", "eyJhbGciOiJSUzI1NiJ9.e30", $"{parts[0]}.{parts[1]}.", $"{parts[0]}..{parts[2]}", "..", ""]
        )
        {
            Assert.Null((await _fixture.AuthenticateAsync(token)).Identity);
        }

        await _fixture.RefusesAsync(AuthenticationFailure.InvalidKey, "eyJ.eyJ.x");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/x")]
    [InlineData(" ")]
    public async Task OtherIssuer_IsUnknown(string end)
    {
        await _fixture.RefusesAsync(AuthenticationFailure.UnknownIssuer, _fixture.Token(("iss", _fixture.Entry.Issuer + end)));
        await _fixture.RefusesAsync(AuthenticationFailure.UnknownIssuer, _fixture.Token(("iss", _fixture.Entry.Issuer.ToUpperInvariant())));
        await _fixture.RefusesAsync(AuthenticationFailure.UnknownIssuer, _fixture.Token(("iss", null)));
        await _fixture.RefusesAsync(AuthenticationFailure.UnknownIssuer, _fixture.Token(("iss", new JsonArray(_fixture.Entry.Issuer))));
        Assert.Equal(0, _fixture.Issuer.Calls("/a/jwks"));
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
        var result = await _fixture.AuthenticateAsync(
            _fixture.Rsa.Sign(_fixture.Claims(("aud", null)).ToJsonString()[..^1] + $",\"aud\":{audience}}}")
        );

        Assert.Equal(isRight, result.Identity is not null);
        Assert.True(isRight || result.Failure == AuthenticationFailure.WrongAudience, $"{result.Failure}");
    }

    [Fact]
    public async Task Times_HoldWithTheStatedSkew()
    {
        var now = TimeSpan.Zero;
        await _fixture.RefusesAsync(AuthenticationFailure.ExpiredKey, _fixture.Token(("exp", _fixture.Seconds(now))));
        await _fixture.AcceptsAsync(_fixture.Token(("exp", _fixture.Seconds(TimeSpan.FromSeconds(1)))));
        await _fixture.AcceptsAsync(_fixture.Token(("nbf", _fixture.Seconds(TimeSpan.FromSeconds(60)))));
        await _fixture.RefusesAsync(AuthenticationFailure.NotYetValid, _fixture.Token(("nbf", _fixture.Seconds(TimeSpan.FromSeconds(61)))));
        await _fixture.RefusesAsync(AuthenticationFailure.NotYetValid, _fixture.Token(("iat", _fixture.Seconds(TimeSpan.FromSeconds(61)))));
        await _fixture.RefusesAsync(AuthenticationFailure.ExpiredKey, _fixture.Token(("exp", 1.5)));
        await _fixture.AcceptsAsync(_fixture.Token(("exp", _fixture.Seconds(TimeSpan.FromHours(1)) + 0.5)));
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
    [InlineData("scope", "\"a\\u0000\"")]
    public async Task ClaimOfTheWrongForm_IsInvalid(string name, string value) =>
        await _fixture.RefusesAsync(
            AuthenticationFailure.InvalidKey,
            _fixture.Rsa.Sign(_fixture.Claims((name, null)).ToJsonString()[..^1] + $",\"{name}\":{value}}}")
        );

    [Fact]
    public async Task TokenWithManyGroups_IsAccepted_WithoutNamesThatAreNoScopes()
    {
        var groups = new JsonArray([
            .. Enumerable.Range(0, 240).Select(_ => (JsonNode)Guid.NewGuid().ToString()),
            "/Sales Team",
            "Zo\u00eb",
            "",
            "apps:run",
        ]);
        var token = _fixture.Token(("scope", groups));
        Assert.InRange(token.Length, 9_000, 20_000);

        var scopes = (await _fixture.AuthenticateAsync(token)).Identity!.Scopes;

        Assert.Equal(241, scopes.Count);
        Assert.Contains("apps:run", scopes);
        Assert.DoesNotContain(scopes, scope => scope is "/Sales" or "Team" or "");
    }

    [Fact]
    public async Task RequiredClaims_AreRequired()
    {
        await _fixture.RefusesAsync(AuthenticationFailure.InvalidKey, _fixture.Token(("exp", null)));
        await _fixture.RefusesAsync(AuthenticationFailure.InvalidKey, _fixture.Token(("sub", null)));
        await _fixture.RefusesAsync(AuthenticationFailure.InvalidKey, _fixture.Token(("sub", new string('u', 256))));
        await _fixture.AcceptsAsync(_fixture.Token(("iat", null)));
        Assert.Empty((await _fixture.AuthenticateAsync(_fixture.Token(("scope", null)))).Identity!.Scopes);
    }

    [Theory]
    [InlineData("acme", true)]
    [InlineData("a/b", false)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    public async Task Tenant_HasTheFormOfAnId(string tenant, bool isRight)
    {
        _fixture.Use(entry => entry.TenantClaim = "tid");

        var result = await _fixture.AuthenticateAsync(_fixture.Token(("tid", tenant)));

        Assert.Equal(isRight, result.Identity?.Tenant == tenant);
        Assert.True(isRight || result.Failure == AuthenticationFailure.InvalidKey, $"{result.Failure}");
        Assert.Null((await _fixture.AuthenticateAsync(_fixture.Token())).Identity!.Tenant);
    }

    [Fact]
    public async Task WithoutIssuers_NoJwtIsKnown()
    {
        var token = _fixture.Token();
        _fixture.Authenticator.Use([]);

        await _fixture.RefusesAsync(AuthenticationFailure.UnknownFamily, token);
        Assert.Equal(0, _fixture.Issuer.Calls("/a/jwks"));
    }

    [Fact]
    public async Task SeveralIssuers_EachVerifiesOnlyItsOwn()
    {
        await using var other = await LoopbackIssuer.StartAsync();
        other.Keys = [IssuerKey.NewRsa("rsa-1")];
        var second = new JwtOptions
        {
            Issuer = $"{other.Address}/a",
            Audiences = ["llm"],
            SubjectType = "service",
        };
        _fixture.Authenticator.Use([_fixture.Entry, second]);

        await _fixture.AcceptsAsync(_fixture.Token());
        Assert.Equal(
            SubjectType.Service,
            (await _fixture.AuthenticateAsync(other.Keys[0].Sign(_fixture.Claims(("iss", second.Issuer))))).Identity!.Type
        );
        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, _fixture.Rsa.Sign(_fixture.Claims(("iss", second.Issuer))));
        await _fixture.RefusesAsync(AuthenticationFailure.WrongSignature, other.Keys[0].Sign(_fixture.Claims()));
    }
}
