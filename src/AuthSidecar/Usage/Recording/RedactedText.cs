using System.Text.RegularExpressions;

namespace AuthSidecar.Usage.Recording;

/// <summary>Replaces anything that looks like a credential in text from clients and providers.</summary>
internal static partial class RedactedText
{
    public const int LongestError = 500;
    private const string Mark = "[REDACTED]";

    /// <summary>Redacts and shortens an error message, in which providers may quote the request.</summary>
    /// <returns>At most 500 characters; null when the message is blank.</returns>
    public static string? Error(string text) => text.AsSpan().Trim() is { Length: > 0 } trimmed ? Cut(Of(Cut(trimmed.ToString()))) : null;

    /// <summary>Redacts a text of bounded length.</summary>
    public static string Of(string text) => Credential().Replace(text, match => match.Groups["kept"].Value + Mark);

    // Redaction does not recognize the beginning of a credential, so the cut removes the whole word that it would split.
    private static string Cut(string text)
    {
        if (text.Length <= LongestError)
        {
            return text;
        }

        var end = LongestError - 1;
        while (end > 0 && (char.IsLowSurrogate(text[end]) || (MayBeOfCredential(text[end]) && MayBeOfCredential(text[end - 1]))))
        {
            end--;
        }

        return text[..end] + "…";
    }

    private static bool MayBeOfCredential(char character) =>
        char.IsAsciiLetterOrDigit(character) || "-_.*+/=".Contains(character, StringComparison.Ordinal);

    // Values after the name or scheme of a credential; known prefixes; JSON Web Tokens; Coder's keys; long words of letters and digits,
    // such as
    // Azure's keys.
    [GeneratedRegex(
        """
            (?<kept>(?<![A-Za-z])(?:Bearer|Basic)\s+)[^\s"',;]{6,}
            | (?<kept>
                (?<![A-Za-z])
                (?:api[-_\ ]?key(?:\ provided)?|(?:access|refresh|id|auth|session)[-_]?token|authorization|secret|password|cookie)
                ["']?\s*[:=]\s*["']?
              )
              (?!(?:Bearer|Basic)\s)[^\s"',;&]+
            | (?<kept>[?&](?:key|token|sig|code)=)[^\s"'&]+
            | (?<![A-Za-z0-9_-])(?-i:sk-|pk_|gsk_|xai-|hf_|AIza|gh[oprsu]_|github_pat_|as[keo]_|dfo[ae]_|dfp_|omi_)[A-Za-z0-9_*-]{12,}
            | (?<![A-Za-z0-9_-])(?-i:eyJ)[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}
            | (?<![A-Za-z0-9_-])[A-Za-z0-9]{10}-[A-Za-z0-9]{22}(?![A-Za-z0-9_-])
            | (?<![A-Za-z0-9_])(?=[A-Za-z_]*[0-9])(?=[0-9_]*[A-Za-z])[A-Za-z0-9_]{32,}
            """,
        RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant
    )]
    private static partial Regex Credential();
}
