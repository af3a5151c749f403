using System.Buffers;

namespace AuthSidecar.Decisions.Text;

/// <summary>Character rules of header values.</summary>
internal static class HeaderText
{
    private static readonly SearchValues<char> _tokenCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    );

    /// <summary>True for a non-empty token (RFC 9110 5.6.2).</summary>
    public static bool IsToken(ReadOnlySpan<char> value) => !value.IsEmpty && !value.ContainsAnyExcept(_tokenCharacters);

    /// <summary>True when every character is a tab or in 0x20–0x7E.</summary>
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
