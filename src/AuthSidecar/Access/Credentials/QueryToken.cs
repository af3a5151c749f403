using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Access.Credentials;

/// <summary>
/// Credentials in the query: <c>key</c> as sent by Gemini's SDKs, and on WebSocket upgrades <c>api-key</c> of Azure and
/// <c>access_token</c> (RFC 6750 2.3).
/// </summary>
internal static class QueryToken
{
    public const string Key = "key";
    public const string AccessToken = "access_token";
    public const string AzureKey = "api-key";

    /// <summary>
    /// Names of parameters in which SDKs, providers and other gateways carry a key or a token. They are not read, and no provider receives
    /// them.
    /// </summary>
    public static IReadOnlyList<string> Foreign { get; } =
    ["$key", "api-key", "api_key", "apikey", "auth_token", "oauth_token", "subscription-key", "x-api-key", "x-goog-api-key"];

    /// <summary>True when a parameter of this name is always a credential.</summary>
    public static bool IsCredential(string name, Dialect? dialect, bool isWebSocket) =>
        name switch
        {
            Key => dialect == Dialect.Gemini,
            AccessToken => isWebSocket,
            AzureKey => isWebSocket && dialect == Dialect.AzureOpenai,
            _ => false,
        };

    /// <summary>True when no provider may receive the parameter: by its name, or because its value has the form of a key.</summary>
    public static bool IsForeign(Query.Parameter parameter)
    {
        foreach (var name in Foreign)
        {
            if (parameter.IsInAnyCase(name))
            {
                return true;
            }
        }

        var value = Query.Decode(parameter.RawValue);
        return TokenFamilies.Of(value).ToFormat() is not null || ProviderPrefixes.IsKnown(value);
    }

    /// <summary>Reads the only parameter of this name.</summary>
    /// <returns>False when it is repeated, its name is percent-encoded, or its value is not header text.</returns>
    public static bool TryRead(CheckContext context, string name, out string? value)
    {
        value = null;
        var found = 0;
        var query = context.Request.Query;
        foreach (var range in query.Split('&'))
        {
            var parameter = new Query.Parameter(query[range]);
            if (!parameter.Is(name))
            {
                continue;
            }

            if (++found > 1 || !parameter.RawName.SequenceEqual(name))
            {
                return false;
            }

            value = Query.Decode(parameter.RawValue);
        }

        return value is null || (HeaderText.IsVisible(value) && !value.Contains(','));
    }
}
