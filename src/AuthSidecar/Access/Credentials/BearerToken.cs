namespace AuthSidecar.Access.Credentials;

/// <summary>The <c>Authorization</c> header (RFC 6750).</summary>
internal static class BearerToken
{
    /// <summary>The token of <c>Bearer TOKEN</c>: exactly two fields, the scheme in any case; else null.</summary>
    public static string? Read(string? value)
    {
        var text = value.AsSpan().Trim();
        var end = text.IndexOfAny(' ', '\t');
        if (end < 0 || !text[..end].Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var token = text[end..].TrimStart();
        return token.IndexOfAny(' ', '\t') < 0 ? token.ToString() : null;
    }

    /// <summary>The text after the scheme, or the whole text if it contains no blank.</summary>
    public static ReadOnlySpan<char> WithoutScheme(ReadOnlySpan<char> value)
    {
        var text = value.Trim();
        var end = text.IndexOfAny(' ', '\t');
        return end < 0 ? text : text[end..].TrimStart();
    }
}
