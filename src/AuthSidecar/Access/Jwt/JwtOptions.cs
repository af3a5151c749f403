using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Access.Jwt;

/// <summary>One entry of <c>Jwt</c>: an issuer whose ID tokens are accepted.</summary>
internal sealed class JwtOptions
{
    /// <summary>Issuer, compared with <c>iss</c> exactly.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Accepted values of <c>aud</c>.</summary>
    public List<string> Audiences { get; set; } = [];

    /// <summary>URI of the key set. Empty: from the issuer's discovery document.</summary>
    public string JwksUri { get; set; } = "";

    /// <summary>Claim with the caller's id.</summary>
    public string SubjectClaim { get; set; } = "sub";

    /// <summary>Subject type of the issuer's tokens: <c>account</c>, <c>end_user</c> or <c>service</c>.</summary>
    public string SubjectType { get; set; } = "account";

    /// <summary>Claim with the scopes.</summary>
    public string ScopesClaim { get; set; } = "scope";

    /// <summary>Claim with the tenant. Empty: no tenant.</summary>
    public string TenantClaim { get; set; } = "";

    /// <summary>Accepted signature algorithms.</summary>
    public List<string> AllowedAlgorithms { get; set; } = ["RS256", "ES256"];

    /// <summary>Introspection endpoint that each new token is posted to. Empty: no check.</summary>
    public string RevocationUri { get; set; } = "";

    /// <summary>
    /// Monthly (UTC) budget of each caller in US dollars, with up to six decimals; <c>budgets set --user 'ISSUER|SUB'</c> overrides it.
    /// Null: no limit.
    /// </summary>
    [Range(typeof(decimal), "0", "1000000")]
    public decimal? BudgetUsd { get; set; }
}
