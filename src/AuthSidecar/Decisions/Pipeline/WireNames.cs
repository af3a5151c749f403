using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>Names of the vocabulary in headers, claims, rows and logs.</summary>
internal static class WireNames
{
    public static string ToName(this SubjectType type) =>
        type switch
        {
            SubjectType.Account => "account",
            SubjectType.EndUser => "end_user",
            SubjectType.Service => "service",
            _ => "",
        };

    public static string ToName(this AuthenticationMode mode) => mode == AuthenticationMode.Byok ? "byok" : "centralized";
}
