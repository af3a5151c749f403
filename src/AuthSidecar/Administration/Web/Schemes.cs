using Microsoft.AspNetCore.Authorization;

namespace AuthSidecar.Administration.Web;

/// <summary>An endpoint without a policy that authenticates keys by itself.</summary>
internal sealed record ReadsKey;

/// <summary>Authentication schemes of the console.</summary>
internal static class Schemes
{
    /// <summary>Selects one of the others: a request with a key has no authority from its cookie.</summary>
    public const string Console = "console";

    public const string Session = "session";
    public const string Key = "key";

    /// <summary>
    /// True if the request presents a key, also an unreadable one: <c>Bearer</c> or <c>X-Api-Key</c> with a value. Other schemes are none:
    /// browsers send them by themselves to a proxy that asks for them.
    /// </summary>
    public static bool HasKey(HttpRequest request) =>
        request.Headers["X-Api-Key"].Any(value => !string.IsNullOrWhiteSpace(value)) || request.Headers.Authorization.Any(IsBearer);

    /// <summary>True if the key of the request, not its cookie, decides what the endpoint does; also where no endpoint matched.</summary>
    public static bool IsForKey(HttpContext http) =>
        HasKey(http.Request)
        && (
            http.GetEndpoint() is not RouteEndpoint { Metadata: var metadata }
            || metadata.GetMetadata<IAllowAnonymous>() is null
            || metadata.GetMetadata<ReadsKey>() is not null
        );

    private static bool IsBearer(string? value)
    {
        var text = value.AsSpan().Trim();
        var end = text.IndexOfAny(' ', '\t');
        return end > 0 && text[..end].Equals("Bearer", StringComparison.OrdinalIgnoreCase);
    }
}
