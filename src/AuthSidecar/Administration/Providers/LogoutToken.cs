using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace AuthSidecar.Administration.Providers;

/// <summary>A validated logout token (OpenID Connect Back-Channel Logout 1.0, 2.4).</summary>
/// <param name="Id">Its <c>jti</c>.</param>
/// <param name="Subject">The person; null: only a session is named.</param>
/// <param name="SessionId">The provider's session; null: all of the person.</param>
internal sealed record LogoutToken(string Id, string? Subject, string? SessionId)
{
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _skew = TimeSpan.FromMinutes(1);
    private static readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <returns>Null: not a logout token of this provider for this sidecar.</returns>
    public static async Task<LogoutToken?> ReadAsync(
        string text,
        LoginProvider provider,
        OpenIdConnectConfiguration document,
        DateTimeOffset now
    )
    {
        var result = await _handler.ValidateTokenAsync(
            text,
            new()
            {
                ValidIssuer = provider.Issuer,
                ValidAudience = provider.Options.ClientId,
                ValidAlgorithms = ProviderScheme.Algorithms,
                IssuerSigningKeys = document.SigningKeys,
                RequireExpirationTime = false,
                ClockSkew = _skew,
            }
        );
        if (result is not { IsValid: true, SecurityToken: JsonWebToken token })
        {
            if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
            {
                provider.Discovery.RequestRefresh();
            }

            return null;
        }

        var payload = JsonSerializer.Deserialize<JsonElement>(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        return IsLogout(payload) && IsRecent(token, now) && token.Id is { Length: > 0 and <= 512 } id
            ? Of(id, Text(payload, "sub"), Text(payload, "sid"))
            : null;
    }

    private static LogoutToken? Of(string id, string? subject, string? session) =>
        subject is null && session is null ? null : new(id, subject, session);

    // An ID token has no event, and a logout token no nonce: neither passes for the other.
    private static bool IsLogout(JsonElement payload) =>
        !payload.TryGetProperty("nonce", out _)
        && payload.TryGetProperty("events", out var events)
        && events.ValueKind == JsonValueKind.Object
        && events.TryGetProperty(Event, out var value)
        && value.ValueKind == JsonValueKind.Object;

    private static bool IsRecent(JsonWebToken token, DateTimeOffset now) =>
        token.TryGetPayloadValue<long>("iat", out var seconds)
        && seconds is > 0 and < 253_402_300_800
        && DateTimeOffset.FromUnixTimeSeconds(seconds) is var issued
        && issued <= now + _skew
        && issued >= now - _longest;

    private static string? Text(JsonElement payload, string claim) =>
        payload.TryGetProperty(claim, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : null;
}
