using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Credentials;

/// <summary>
/// Credentials in the query: <c>key</c> as sent by Gemini's SDKs, <c>access_token</c> on WebSocket upgrades (RFC 6750 2.3).
/// </summary>
internal static class QueryToken
{
    public const string Key = "key";
    public const string AccessToken = "access_token";

    /// <summary>True when a parameter of this name is always a credential.</summary>
    public static bool IsCredential(string name, Dialect? dialect, bool isWebSocket) =>
        name switch
        {
            Key => dialect == Dialect.Gemini,
            AccessToken => isWebSocket,
            _ => false,
        };

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
