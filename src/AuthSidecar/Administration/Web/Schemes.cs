using AuthSidecar.Access.Credentials;

namespace AuthSidecar.Administration.Web;

/// <summary>Authentication schemes of the console.</summary>
internal static class Schemes
{
    /// <summary>Selects one of the others: a request with a key has no authority from its cookie.</summary>
    public const string Console = "console";

    public const string Session = "session";
    public const string Key = "key";

    /// <summary>
    /// True if the request presents a key, also an unreadable one. A single <c>Basic</c> credential is none: browsers send it by themselves
    /// to a proxy that asks for it.
    /// </summary>
    public static bool HasKey(HttpRequest request) =>
        request.Headers.ContainsKey("X-Api-Key")
        || (request.Headers.Authorization is { Count: > 0 } values && !(values.Count == 1 && IsBasic(values[0])));

    private static bool IsBasic(string? value) =>
        BearerToken.Read(value) is null && value is not null && value.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);
}
