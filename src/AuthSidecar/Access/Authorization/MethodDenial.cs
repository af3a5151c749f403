using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

/// <summary>The denial of a method, with the allowed methods in the header <c>allow</c>.</summary>
/// <remarks>https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6</remarks>
internal static class MethodDenial
{
    /// <summary>For a method that is never forwarded.</summary>
    public static Denial Anywhere { get; } = With(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

    /// <param name="methods">The allowed methods of the path.</param>
    public static Denial With(IEnumerable<string> methods) =>
        Denials.MethodNotAllowed with
        {
            Headers = [new("allow", string.Join(", ", methods.Distinct().Order(StringComparer.Ordinal)))],
        };
}
