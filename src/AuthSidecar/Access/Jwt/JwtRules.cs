using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Access.Jwt;

/// <summary>Checks section <c>Jwt</c>: required values, unique issuers, secure addresses.</summary>
internal static class JwtRules
{
    private static readonly string[] _algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    // ISSUER|SUB must fit into an index of the store.
    private const int LongestIssuer = 1024;

    public static void Check(List<JwtOptions> issuers, ConfigurationErrors problems)
    {
        for (var index = 0; index < issuers.Count; index++)
        {
            Check($"Jwt:{index}", issuers[index], problems);
        }

        foreach (
            var twice in issuers
                .Select((jwt, index) => (jwt.Issuer, index))
                .GroupBy(entry => entry.Issuer)
                .SelectMany(group => group.Skip(1))
        )
        {
            problems.Error($"Jwt:{twice.index}:Issuer", $"{problems.Quote(twice.Issuer)} has an entry already; keep one");
        }
    }

    private static void Check(string path, JwtOptions jwt, ConfigurationErrors problems)
    {
        if (jwt.Issuer.Length == 0)
        {
            problems.Error($"{path}:Issuer", "must name the issuer");
        }

        if (jwt.Issuer.Contains('|', StringComparison.Ordinal) || jwt.Issuer.Length > LongestIssuer)
        {
            problems.Error(
                $"{path}:Issuer",
                $"must have at most {LongestIssuer} characters and no |, which separates issuer and subject in the names of callers"
            );
        }

        Secure(jwt.Issuer, $"{path}:Issuer", problems);
        Secure(jwt.JwksUri, $"{path}:JwksUri", problems);
        Secure(jwt.RevocationUri, $"{path}:RevocationUri", problems);
        if (jwt.Audiences.Count == 0)
        {
            problems.Error($"{path}:Audiences", "is empty; without one, tokens that the issuer made for others would pass");
        }

        if (jwt.SubjectClaim.Length == 0)
        {
            problems.Error($"{path}:SubjectClaim", "must name a claim");
        }

        ValueRules.OneOf(jwt.SubjectType, $"{path}:SubjectType", SubjectTypeNames.Known.Keys.Order().ToList(), problems);
        if (jwt.AllowedAlgorithms.Count == 0)
        {
            problems.Error($"{path}:AllowedAlgorithms", "is empty, so no token could pass; leave it out for RS256 and ES256");
        }

        for (var index = 0; index < jwt.AllowedAlgorithms.Count; index++)
        {
            ValueRules.OneOf(jwt.AllowedAlgorithms[index], $"{path}:AllowedAlgorithms:{index}", _algorithms, problems);
        }
    }

    private static void Secure(string text, string path, ConfigurationErrors problems)
    {
        if (ValueRules.WebAddress(text, path, problems) is { Scheme: "http", IsLoopback: false })
        {
            problems.Error(path, $"http is for loopback only; write https://, not {problems.Quote(text)}");
        }
    }
}
