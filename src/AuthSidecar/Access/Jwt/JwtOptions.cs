using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Access.Jwt;

/// <summary>One entry of <c>Jwt</c>: an issuer whose ID tokens are accepted.</summary>
internal sealed class JwtOptions
{
    /// <summary>Its <c>iss</c>, exactly.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Accepted values of <c>aud</c>.</summary>
    public List<string> Audiences { get; set; } = [];

    /// <summary>Where its keys are; empty: asked of the issuer.</summary>
    public string JwksUri { get; set; } = "";

    /// <summary>The claim that names the caller.</summary>
    public string SubjectClaim { get; set; } = "sub";

    /// <summary>Who its tokens stand for: <c>account</c>, <c>end_user</c> or <c>service</c>.</summary>
    public string SubjectType { get; set; } = "account";

    /// <summary>The claim that holds scopes.</summary>
    public string ScopesClaim { get; set; } = "scope";

    /// <summary>The claim that names the tenant; empty: none does.</summary>
    public string TenantClaim { get; set; } = "";

    /// <summary>Accepted signatures.</summary>
    public List<string> AllowedAlgorithms { get; set; } = ["RS256", "ES256"];

    /// <summary>Where revoked tokens are asked for; empty: nowhere.</summary>
    public string RevocationUri { get; set; } = "";

    /// <summary>
    /// US dollars that each of its callers may spend in a month (UTC), with up to six decimals; one set with <c>budgets set --user
    /// 'ISSUER|SUB'</c> replaces it. Null: no limit.
    /// </summary>
    [Range(typeof(decimal), "0", "1000000")]
    public decimal? BudgetUsd { get; set; }
}
