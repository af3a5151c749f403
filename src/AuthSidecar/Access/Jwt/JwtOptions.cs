using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Access.Jwt;

/// <summary>One entry of <c>Jwt</c>: an issuer whose ID tokens are accepted.</summary>
internal sealed class JwtOptions
{
    /// <summary>Exact value of <c>iss</c>.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Accepted values of <c>aud</c>.</summary>
    public List<string> Audiences { get; set; } = [];

    /// <summary>URL of the issuer's key set; empty: taken from its discovery document.</summary>
    public string JwksUri { get; set; } = "";

    /// <summary>The claim that names the caller.</summary>
    public string SubjectClaim { get; set; } = "sub";

    /// <summary>Subject type of its callers: <c>account</c>, <c>end_user</c> or <c>service</c>.</summary>
    public string SubjectType { get; set; } = "account";

    /// <summary>The claim that holds scopes.</summary>
    public string ScopesClaim { get; set; } = "scope";

    /// <summary>The claim that names the tenant; empty: none.</summary>
    public string TenantClaim { get; set; } = "";

    /// <summary>Accepted signature algorithms.</summary>
    public List<string> AllowedAlgorithms { get; set; } = ["RS256", "ES256"];

    /// <summary>URL of the issuer's revocation check; empty: revocation is not checked.</summary>
    public string RevocationUri { get; set; } = "";

    /// <summary>
    /// US dollars that each of its callers may spend in a month (UTC), with up to six decimals; a budget set with <c>budgets set --user
    /// 'ISSUER|SUB'</c> replaces it. Null: no limit.
    /// </summary>
    [Range(typeof(decimal), "0", "1000000")]
    public decimal? BudgetUsd { get; set; }
}
