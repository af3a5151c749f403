using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>The words by which the vocabulary is known outside.</summary>
internal static class WireNames
{
    public static string ToWord(this SubjectType type) =>
        type switch
        {
            SubjectType.Account => "account",
            SubjectType.EndUser => "end_user",
            SubjectType.Service => "service",
            _ => "",
        };

    public static string ToWord(this AuthenticationMode mode) => mode == AuthenticationMode.Byok ? "byok" : "centralized";
}
