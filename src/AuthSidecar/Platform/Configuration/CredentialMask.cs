using System.Text.RegularExpressions;

namespace AuthSidecar.Platform.Configuration;

/// <summary>Masks credentials within settings that are no secrets as a whole: user info and queries of addresses, and passwords.</summary>
internal static partial class CredentialMask
{
    private const string Mask = "********";

    public static string Of(string text) => Assignment().Replace(Query().Replace(UserInfo().Replace(text, Mask), Mask), Mask);

    [GeneratedRegex(@"(?<=://)[^/?#\s]+(?=@)")]
    private static partial Regex UserInfo();

    // Which parameter holds a secret differs from server to server.
    [GeneratedRegex(@"(?<=://[^?#\s]*\?(?:[^#\s]*&)?[^=&#\s]+=)[^&#\s]+")]
    private static partial Regex Query();

    [GeneratedRegex(
        @"(?<=(?:^|[;,\s])\s*(?:password|pwd|secret|token|api[-_]?key|x-api-key|authorization)\s*[=:]\s*)[^;,]+",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Assignment();
}
