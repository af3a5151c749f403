using System.Globalization;
using System.Text.Json;
using AuthSidecar.Access.Identities;

namespace AuthSidecar.Access.Jwt;

/// <summary>
/// Evaluates the response of <c>RevocationUri</c> for a token: <c>active</c> (RFC 7662 2.2), <c>disabled</c>, and <c>tokensValidAfter</c>
/// or <c>validSince</c> (unix seconds or RFC 3339); at least one of them.
/// </summary>
internal static class RevocationAnswer
{
    private static readonly string[] _validAfter = ["tokensValidAfter", "validSince"];

    /// <param name="answer">The JSON object.</param>
    /// <param name="loggedInAt">Time of the token's login, or null.</param>
    /// <returns>The failure, or null.</returns>
    /// <exception cref="IssuerException">No member of these, or a malformed one.</exception>
    public static AuthenticationFailure? Judge(JsonElement answer, DateTimeOffset? loggedInAt)
    {
        var active = Flag(answer, "active");
        var disabled = Flag(answer, "disabled");
        var ends = _validAfter.Select(name => Time(answer, name)).OfType<DateTimeOffset>().ToList();
        if (active is null && disabled is null && ends.Count == 0)
        {
            throw new IssuerException("The revocation response has none of the known members.");
        }

        if (disabled == true)
        {
            return AuthenticationFailure.InactiveUser;
        }

        // A token without a login time cannot prove that it is newer.
        return active == false || ends.Exists(end => !(loggedInAt >= end)) ? AuthenticationFailure.RevokedKey : null;
    }

    private static bool? Flag(JsonElement answer, string name) =>
        !answer.TryGetProperty(name, out var value)
            ? null
            : value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => throw Unclear(name),
            };

    private static DateTimeOffset? Time(JsonElement answer, string name) =>
        !answer.TryGetProperty(name, out var value)
            ? null
            : value.ValueKind switch
            {
                JsonValueKind.Number when value.TryGetDouble(out var seconds) => JwtClaims.FromSeconds(seconds),
                JsonValueKind.String => Time(value.GetString()!),
                _ => null,
            } ?? throw Unclear(name);

    private static DateTimeOffset? Time(string text)
    {
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            return JwtClaims.FromSeconds(seconds);
        }

        return
            text.Contains('T') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;
    }

    private static IssuerException Unclear(string name) => new($"The revocation response has a malformed \"{name}\".");
}
