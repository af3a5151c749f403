using System.Buffers;
using System.Text.Json;
using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Jwt;

/// <summary>Maps the claims of a verified token to an identity, as configured for its issuer.</summary>
internal static class JwtClaims
{
    private const int LongestSubject = 255;
    private const int LongestTenant = 64;
    private const long LatestSecond = 253_402_300_799;
    private static readonly TimeSpan _skew = TimeSpan.FromSeconds(60);
    private static readonly SearchValues<char> _tenant = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

    /// <param name="claims">The payload.</param>
    /// <param name="entry">The issuer's entry.</param>
    /// <param name="now">Current time. <c>nbf</c> and <c>iat</c> may be 60 s in the future (clock skew); <c>exp</c> has no
    /// tolerance.</param>
    public static AuthenticationResult Judge(JsonElement claims, JwtOptions entry, DateTimeOffset now)
    {
        if (
            !TryReadTime(claims, "exp", out var expiry)
            || expiry is not { } expiresAt
            || !TryReadTime(claims, "nbf", out var notBefore)
            || !TryReadTime(claims, "iat", out var issuedAt)
        )
        {
            return AuthenticationFailure.InvalidKey;
        }

        var identity = IdentityOf(claims, entry, expiresAt);
        if (expiresAt <= now)
        {
            return AuthenticationResult.Denied(AuthenticationFailure.ExpiredKey, identity);
        }

        if (notBefore > now + _skew || issuedAt > now + _skew)
        {
            return AuthenticationResult.Denied(AuthenticationFailure.NotYetValid, identity);
        }

        return identity is null ? AuthenticationFailure.InvalidKey : identity;
    }

    /// <summary><c>auth_time</c>, else <c>iat</c>; null when the token has neither.</summary>
    public static DateTimeOffset? LoggedInAt(JsonElement claims) =>
        TryReadTime(claims, "auth_time", out var authenticated) && TryReadTime(claims, "iat", out var issued)
            ? authenticated ?? issued
            : null;

    /// <summary>Converts a NumericDate (RFC 7519 2), which may have fractions; null: out of range.</summary>
    public static DateTimeOffset? FromSeconds(double seconds) =>
        seconds is >= 0 and <= LatestSecond ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond)) : null;

    private static Identity? IdentityOf(JsonElement claims, JwtOptions entry, DateTimeOffset expiresAt) =>
        Subject(claims, entry) is { } subject && Scopes(claims, entry) is { } scopes && TryReadTenant(claims, entry, out var tenant)
            ? new Identity("", SubjectTypeNames.Known[entry.SubjectType], null, null, scopes, tenant, expiresAt)
            {
                ExternalSubject = ExternalPerson.Of(entry.Issuer, subject),
            }
            : null;

    // False when the claim is present but not a time.
    private static bool TryReadTime(JsonElement claims, string name, out DateTimeOffset? time)
    {
        time = null;
        return !claims.TryGetProperty(name, out var value)
            || (
                value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && (time = FromSeconds(seconds)) is not null
            );
    }

    private static string? Subject(JsonElement claims, JwtOptions entry) =>
        StrictJson.Text(claims, entry.SubjectClaim) is { Length: > 0 and <= LongestSubject } subject
        && !subject.AsSpan().ContainsAnyExceptInRange(' ', '~')
        && subject.Trim().Length == subject.Length
            ? subject
            : null;

    private static string[]? Scopes(JsonElement claims, JwtOptions entry)
    {
        if (entry.ScopesClaim.Length == 0 || !claims.TryGetProperty(entry.ScopesClaim, out var value))
        {
            return [];
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var scopes = value.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return Array.TrueForAll(scopes, IsScope) ? scopes : null;
            case JsonValueKind.Array when value.EnumerateArray().All(scope => scope.ValueKind == JsonValueKind.String):
                // Names of groups and roles may have spaces and other letters; no policy can require those.
                return [.. value.EnumerateArray().Select(scope => scope.GetString()!).Where(IsScope)];
            default:
                return null;
        }
    }

    // RFC 6749, 3.3.
    private static bool IsScope(string scope) => scope.Length > 0 && !scope.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static bool TryReadTenant(JsonElement claims, JwtOptions entry, out string? tenant)
    {
        tenant = null;
        if (entry.TenantClaim.Length == 0 || !claims.TryGetProperty(entry.TenantClaim, out _))
        {
            return true;
        }

        tenant = StrictJson.Text(claims, entry.TenantClaim);
        return tenant is { Length: > 0 and <= LongestTenant } && !tenant.AsSpan().ContainsAnyExcept(_tenant);
    }
}
