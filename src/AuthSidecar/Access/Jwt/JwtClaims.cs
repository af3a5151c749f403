using System.Buffers;
using System.Text.Json;
using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Jwt;

/// <summary>Maps the claims of a verified token to an identity, as its issuer's entry says.</summary>
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
    /// <param name="entry">Its issuer's entry.</param>
    /// <param name="now">The time. Issuers' clocks may be 60 s ahead in <c>nbf</c> and <c>iat</c>; <c>exp</c> holds to the second.</param>
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

        if (expiresAt <= now)
        {
            return AuthenticationFailure.ExpiredKey;
        }

        if (notBefore > now + _skew || issuedAt > now + _skew)
        {
            return AuthenticationFailure.NotYetValid;
        }

        return Subject(claims, entry) is { } subject && Scopes(claims, entry) is { } scopes && TryReadTenant(claims, entry, out var tenant)
            ? new Identity("", SubjectTypeNames.Known[entry.SubjectType], null, null, scopes, tenant, expiresAt)
            {
                ExternalSubject = ExternalPerson.Of(entry.Issuer, subject),
            }
            : AuthenticationFailure.InvalidKey;
    }

    /// <summary>Time of the login, else of the issue; null when the token has neither.</summary>
    public static DateTimeOffset? LoggedInAt(JsonElement claims) =>
        TryReadTime(claims, "auth_time", out var authenticated) && TryReadTime(claims, "iat", out var issued)
            ? authenticated ?? issued
            : null;

    /// <summary>The instant of a number of seconds, fractions allowed (RFC 7519 2), or null.</summary>
    public static DateTimeOffset? FromSeconds(double seconds) =>
        seconds is >= 0 and <= LatestSecond ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond)) : null;

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

        var scopes = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            JsonValueKind.Array when value.EnumerateArray().All(scope => scope.ValueKind == JsonValueKind.String) => value
                .EnumerateArray()
                .Select(scope => scope.GetString()!)
                .ToArray(),
            _ => null,
        };
        return
            scopes is not null && Array.TrueForAll(scopes, scope => scope.Length > 0 && !scope.AsSpan().ContainsAnyExceptInRange('!', '~'))
            ? scopes
            : null;
    }

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
