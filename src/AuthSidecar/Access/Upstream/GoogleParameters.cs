using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Upstream;

/// <summary>System parameters of Google's APIs that are not forwarded.</summary>
/// <remarks>https://cloud.google.com/apis/docs/system-parameters</remarks>
internal static class GoogleParameters
{
    /// <summary>A header that leaves members out of the response, such as its usage.</summary>
    public const string FieldMask = "x-goog-fieldmask";

    /// <param name="parameter">A parameter of the query.</param>
    /// <param name="isCentral">The central credential pays.</param>
    public static bool IsRemoved(Query.Parameter parameter, bool isCentral) =>
        Is(parameter, "fields") || (isCentral && Is(parameter, "userProject"));

    private static bool Is(Query.Parameter parameter, string name) => parameter.IsInAnyCase(name) || parameter.IsInAnyCase($"${name}");
}
