using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

/// <summary>The refusal of a method, with the header that says which ones pass.</summary>
/// <remarks>https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6</remarks>
internal static class MethodDenial
{
    /// <summary>For a method that passes nowhere.</summary>
    public static Denial Anywhere { get; } = With(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

    /// <param name="methods">Those that pass on this path.</param>
    public static Denial With(IEnumerable<string> methods) =>
        Denials.MethodNotAllowed with
        {
            Headers = [new("allow", string.Join(", ", methods.Distinct().Order(StringComparer.Ordinal)))],
        };
}
