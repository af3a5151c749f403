using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Decisions.Providers;

/// <summary>Methods allowed on any route, and headers and parameters that override the method at the upstream.</summary>
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

    /// <summary>Headers with which some frameworks and Google's APIs override the method.</summary>
    public static IReadOnlyList<string> OverrideHeaders { get; } = ["x-http-method-override", "x-http-method", "x-method-override"];

    /// <summary>
    /// True for upper-case letters, except methods that echo the request's headers (TRACE, TRACK) or open a tunnel (CONNECT).
    /// </summary>
    public static bool IsPlain(string method) =>
        method.Length > 0 && !method.AsSpan().ContainsAnyExceptInRange('A', 'Z') && method is not ("TRACE" or "TRACK" or "CONNECT");

    /// <summary>True when a parameter, in any percent-encoding, may override the method or the headers.</summary>
    /// <param name="query">Undecoded, without the question mark.</param>
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
