using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Decisions.Providers;

/// <summary>Which methods pass anywhere, and what could make another one of a request's method at the upstream.</summary>
/// <remarks>https://www.rfc-editor.org/rfc/rfc9110#section-9, https://cloud.google.com/apis/docs/system-parameters</remarks>
internal static class RequestMethods
{
    private static readonly string[] _overrides =
    [
        "$httpmethod",
        "$httpheaders",
        "_method",
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ];

    /// <summary>Headers in which some frameworks and Google's APIs read another method than the request's own.</summary>
    public static IReadOnlyList<string> OverrideHeaders { get; } = ["x-http-method-override", "x-http-method", "x-method-override"];

    /// <summary>Upper-case letters, and none of the methods that show a request's headers to its sender or open a tunnel.</summary>
    public static bool IsPlain(string method) =>
        method.Length > 0 && !method.AsSpan().ContainsAnyExceptInRange('A', 'Z') && method is not ("TRACE" or "TRACK" or "CONNECT");

    /// <summary>True when a parameter, however it is spelt, may make another method or other headers of the request.</summary>
    /// <param name="query">Raw, without its question mark.</param>
    public static bool IsOverriddenIn(ReadOnlySpan<char> query)
    {
        foreach (var range in query.SplitAny('&', ';'))
        {
            var name = new Query.Parameter(query[range]).RawName;
            if (!name.IsEmpty && name[0] is '$' or '_' or 'x' or 'X' or '%' && IsOverride(Query.Decode(name)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsOverride(string name) => _overrides.Contains(name, StringComparer.OrdinalIgnoreCase);
}
