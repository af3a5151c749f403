namespace AuthSidecar.Decisions.Pipeline;

/// <summary>Restricts the content codings of responses to those that the observer can decode.</summary>
internal static class ContentCodings
{
    private const string None = "identity";

    // Indexed by the combined results of Bit.
    private static readonly string[] _lists =
    [
        None,
        "gzip",
        "deflate",
        "gzip, deflate",
        "br",
        "gzip, br",
        "deflate, br",
        "gzip, deflate, br",
    ];

    /// <summary>
    /// The replacement for <c>accept-encoding</c>: the client's codings that the observer can decode; null: no replacement. Interned.
    /// </summary>
    /// <param name="accepted">Value sent by the client, or null.</param>
    /// <remarks>https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3</remarks>
    public static string? Restrict(string? accepted) =>
        accepted switch
        {
            null or "gzip, deflate" or "gzip" or "gzip, deflate, br" or "br, gzip, deflate" or None => null,
            "gzip, deflate, br, zstd" => _lists[7],
            "gzip, deflate, zstd" => _lists[3],
            _ => Parse(accepted),
        };

    private static string? Parse(ReadOnlySpan<char> accepted)
    {
        var (bits, isForeign) = (0, false);
        foreach (var range in accepted.Split(','))
        {
            var entry = accepted[range];
            var end = entry.IndexOf(';');
            var coding = (end < 0 ? entry : entry[..end]).Trim();
            if (end >= 0 && IsRefused(entry[(end + 1)..]))
            {
                continue;
            }

            var bit = Bit(coding);
            bits |= bit;
            isForeign |= bit == 0 && !coding.IsEmpty && !coding.Equals(None, StringComparison.OrdinalIgnoreCase);
        }

        return isForeign ? _lists[bits] : null;
    }

    private static int Bit(ReadOnlySpan<char> coding)
    {
        Span<char> lower = stackalloc char[8];
        return coding.Length > lower.Length || coding.ToLowerInvariant(lower) < 0
            ? 0
            : lower[..coding.Length] switch
            {
                "gzip" or "x-gzip" => 1,
                "deflate" => 2,
                "br" => 4,
                _ => 0,
            };
    }

    // "q=0", "q=0.000": not acceptable.
    private static bool IsRefused(ReadOnlySpan<char> weight)
    {
        var text = weight.Trim();
        return text.StartsWith("q=", StringComparison.OrdinalIgnoreCase) && !text[2..].ContainsAnyExcept("0. ");
    }
}
