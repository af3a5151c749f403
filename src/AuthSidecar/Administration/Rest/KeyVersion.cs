using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest;

/// <summary>The values of a key that can be changed, for its entity tag.</summary>
internal static class KeyVersion
{
    public static object Of(ApiKey key) =>
        new
        {
            key.Id,
            key.Name,
            key.Scopes,
            key.Models,
            key.Permits,
            Window = key.Window?.Ticks,
            key.Tokens,
            TokenWindow = key.TokenWindow?.Ticks,
            key.Parallel,
            key.ExpiresAt,
            key.RevokedAt,
        };
}
