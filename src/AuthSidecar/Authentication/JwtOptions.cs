namespace AuthSidecar.Authentication;

/// <summary>One entry of <c>Jwt</c>: an issuer whose ID tokens are accepted.</summary>
internal sealed class JwtOptions
{
    public string Issuer { get; set; } = "";
    public List<string> Audiences { get; set; } = [];
    public string JwksUri { get; set; } = "";
    public string SubjectClaim { get; set; } = "sub";
    public string SubjectType { get; set; } = "account";
    public string ScopesClaim { get; set; } = "scope";
    public string TenantClaim { get; set; } = "";
    public List<string> AllowedAlgorithms { get; set; } = ["RS256", "ES256"];
    public string RevocationUri { get; set; } = "";
}
