namespace AuthSidecar.Pipeline;

/// <summary>What may stand in a header that carries a credential or an identity.</summary>
internal static class HeaderText
{
    /// <summary>True when every char is a tab or in 0x20–0x7E.</summary>
    public static bool IsVisible(ReadOnlySpan<char> value)
    {
        foreach (var c in value)
        {
            if (c is (< ' ' or > '\x7E') and not '\t')
            {
                return false;
            }
        }

        return true;
    }
}
