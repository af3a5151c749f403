using System.Buffers.Text;
using System.Text.Json.Nodes;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>The identity that a JWT of the corpus maps to, by its issuer's entry in settings.json.</summary>
internal sealed record JwtCaller(string Subject, string Type, string? Scopes, string? Tenant);

/// <summary>
/// The tokens <c>{jwt.…}</c>, issued at the start of a run by a loopback issuer. Below its address, <c>/accounts</c> is found by discovery;
/// <c>/people</c> has end users and answers which tokens are revoked.
/// </summary>
internal sealed class JwtSeedData
{
    private static readonly Lazy<Task<JwtSeedData>> _shared = new(async () => new(await LoopbackIssuer.SharedAsync()));
    private readonly Dictionary<string, string> _tokens = [];
    private readonly Dictionary<string, JwtCaller> _callers = [];

    private JwtSeedData(LoopbackIssuer issuer)
    {
        Issuer = issuer.Address;
        issuer.Revocation = Revocation;
        var (rsa, curve) = (issuer.Keys[0], issuer.Keys[1]);
        Good("good", curve, Claims("accounts", "alice"));
        Good("rsa", rsa, Claims("accounts", "alice"));
        Good("second", curve, Claims("accounts", "bob"));
        Good("noscope", curve, Without(Claims("accounts", "alice"), "scope"));
        Good("narrow", curve, With(Claims("accounts", "alice"), "scope", "llm:read"));
        Good("tenant", curve, With(Claims("accounts", "alice"), "tenant", "acme"));
        Good("poor", curve, Claims("accounts", "penny"));
        Good("unset", curve, Claims("budgeted", "ursula"));
        Good("set", curve, Claims("budgeted", "sarah"));
        Good("enduser", curve, Claims("people", "carol"));
        _tokens["expired"] = curve.Sign(With(Claims("accounts", "alice"), "exp", Seconds(-60)));
        _tokens["notyet"] = curve.Sign(With(Claims("accounts", "alice"), "nbf", Seconds(1800)));
        _tokens["audience"] = curve.Sign(With(Claims("accounts", "alice"), "aud", "others"));
        _tokens["none"] = curve.Sign(Claims("accounts", "alice"), header => header["alg"] = "none");
        _tokens["hs256"] = rsa.Sign(Claims("accounts", "alice"), header => header["alg"] = "HS256");
        _tokens["otherkey"] = IssuerKey.NewEllipticCurve(curve.Id).Sign(Claims("accounts", "alice"));
        _tokens["unknownkey"] = IssuerKey.NewEllipticCurve("nobody").Sign(Claims("accounts", "alice"));
        _tokens["forgedexpired"] = IssuerKey.NewEllipticCurve(curve.Id).Sign(With(Claims("accounts", "alice"), "exp", Seconds(-60)));
        _tokens["noissuer"] = curve.Sign(Claims("nobody", "alice"));
        _tokens["badtenant"] = curve.Sign(With(Claims("accounts", "alice"), "tenant", "a/b"));
        _tokens["nosubject"] = curve.Sign(Without(Claims("accounts", "alice"), "sub"));
        Good("wide", curve, With(Claims("accounts", "alice"), "pad", new string('p', 8 * 1024)));
        _tokens["long"] = curve.Sign(With(Claims("accounts", "alice"), "pad", new string('p', 32 * 1024)));
        _tokens["revoked"] = curve.Sign(Claims("people", "revoked"));
        _tokens["disabled"] = curve.Sign(Claims("people", "disabled"));
        _tokens["silent"] = curve.Sign(Claims("people", "silent"));
        _tokens["good.encoded"] = AuthSidecar.TestSupport.Corpus.Tokens.PercentEncoded(_tokens["good"]);
    }

    /// <summary>Address of the loopback issuer.</summary>
    public string Issuer { get; }

    public IReadOnlyDictionary<string, string> Tokens => _tokens;

    public IReadOnlyDictionary<string, JwtCaller> Callers => _callers;

    public static Task<JwtSeedData> SharedAsync() => _shared.Value;

    private void Good(string name, IssuerKey key, JsonObject claims)
    {
        _tokens[name] = key.Sign(claims);
        var isPerson = ((string)claims["iss"]!).EndsWith("/people", StringComparison.Ordinal);
        _callers[name] = new(
            $"{claims["iss"]}|{claims["sub"]}",
            isPerson ? "end_user" : "account",
            (string?)claims["scope"],
            (string?)claims["tenant"]
        );
    }

    private JsonObject Claims(string issuer, string subject) =>
        new()
        {
            ["iss"] = $"{Issuer}/{issuer}",
            ["aud"] = "llm",
            ["sub"] = subject,
            ["iat"] = Seconds(0),
            ["exp"] = Seconds(3600),
            ["scope"] = "llm:invoke",
            ["jti"] = Guid.NewGuid().ToString("N"),
        };

    private static JsonObject With(JsonObject claims, string name, JsonNode value)
    {
        claims[name] = value;
        return claims;
    }

    private static JsonObject Without(JsonObject claims, string name)
    {
        claims.Remove(name);
        return claims;
    }

    private static long Seconds(int fromNow) => DateTimeOffset.UtcNow.ToUnixTimeSeconds() + fromNow;

    private static JsonObject Revocation(string token) =>
        (string?)JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!["sub"] switch
        {
            "revoked" => new() { ["active"] = false },
            "disabled" => new() { ["active"] = true, ["disabled"] = true },
            "silent" => [],
            _ => new() { ["active"] = true },
        };
}
