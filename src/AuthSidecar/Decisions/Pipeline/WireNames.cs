using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>Names of enum values in headers, metadata and documents.</summary>
internal static class WireNames
{
    public static string ToWireName(this SubjectType type) =>
        type switch
        {
            SubjectType.Account => "account",
            SubjectType.EndUser => "end_user",
            SubjectType.Service => "service",
            _ => "",
        };

    public static string ToWireName(this AuthenticationMode mode) => mode == AuthenticationMode.Byok ? "byok" : "centralized";
}
