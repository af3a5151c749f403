using System.Text.Json;

namespace AuthSidecar.Administration.Providers;

/// <summary>What a provider says about a person: the claims of the ID token, then those of the UserInfo endpoint.</summary>
internal sealed class ProviderClaims
{
    private readonly JsonElement _token;
    private JsonElement _userInfo;

    /// <param name="token">Payload of a validated ID token.</param>
    public ProviderClaims(JsonElement token) => _token = token;

    public string Issuer => Text(_token, "iss") ?? "";
    public string Subject => Text(_token, "sub") ?? "";

    /// <summary>The provider's id of its own session.</summary>
    public string? SessionId => Text(_token, "sid");

    /// <summary>Time of the last proof at the provider, by the ID token alone.</summary>
    public DateTimeOffset? AuthenticatedAt =>
        _token.TryGetProperty("auth_time", out var time)
        && time.ValueKind == JsonValueKind.Number
        && time.TryGetInt64(out var seconds)
        && seconds is > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    /// <summary>For display.</summary>
    public string? Email => Text(Source("email"), "email");

    /// <summary>The address, where the provider says that it is the person's.</summary>
    public string? VerifiedEmail =>
        Source("email") is var source
        && source.ValueKind == JsonValueKind.Object
        && source.TryGetProperty("email_verified", out var verified)
        && (verified.ValueKind == JsonValueKind.True || (verified.ValueKind == JsonValueKind.String && verified.GetString() == "true"))
            ? Text(source, "email")
            : null;

    public string? PreferredName => Text(Source("preferred_username"), "preferred_username");
    public string? DisplayName => Text(Source("name"), "name");

    /// <param name="userInfo">Answer of the UserInfo endpoint, whose subject was compared.</param>
    public void Add(JsonElement userInfo) => _userInfo = userInfo;

    /// <summary>True if a claim is the value, or a list with it. An address counts only where the provider has verified it.</summary>
    public bool Has(string claim, string value)
    {
        if (claim == "email")
        {
            return VerifiedEmail == value;
        }

        var source = Source(claim);
        if (source.ValueKind != JsonValueKind.Object || !source.TryGetProperty(claim, out var found))
        {
            return false;
        }

        return found.ValueKind == JsonValueKind.Array ? found.EnumerateArray().Any(item => Is(item, value)) : Is(found, value);
    }

    // Of two sources one counts as a whole: an address of one with the verification of the other would prove nothing.
    private JsonElement Source(string claim) => _token.TryGetProperty(claim, out _) ? _token : _userInfo;

    private static bool Is(JsonElement item, string value) =>
        item.ValueKind switch
        {
            JsonValueKind.String => item.GetString() == value,
            JsonValueKind.True => value == "true",
            _ => false,
        };

    private static string? Text(JsonElement source, string claim) =>
        source.ValueKind == JsonValueKind.Object
        && source.TryGetProperty(claim, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
            ? text
            : null;
}
