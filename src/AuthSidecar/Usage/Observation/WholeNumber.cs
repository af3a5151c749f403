namespace AuthSidecar.Usage.Observation;

/// <summary>A non-negative integer as JSON may write it: <c>10</c>, <c>10.0</c>, <c>1e1</c>.</summary>
/// <remarks>https://www.rfc-editor.org/rfc/rfc8259#section-6</remarks>
internal static class WholeNumber
{
    private const int MostDigits = 30;
    private const int MostOfExponent = 2;

    /// <param name="number">A literal.</param>
    /// <param name="limit">Exclusive upper bound.</param>
    /// <param name="value">0 when it is not a number.</param>
    /// <returns>False: not a number, negative, with a fraction, or at least <paramref name="limit"/>.</returns>
    public static bool TryRead(ReadOnlySpan<byte> number, long limit, out long value)
    {
        value = 0;
        var end = number.IndexOfAny((byte)'e', (byte)'E');
        var exponent = 0;
        if (end >= 0 && !TryReadExponent(number[(end + 1)..], out exponent))
        {
            return false;
        }

        var digits = end < 0 ? number : number[..end];
        var point = digits.IndexOf((byte)'.');
        var whole = point < 0 ? digits : digits[..point];
        var fraction = point < 0 ? default : digits[(point + 1)..];
        if (
            !IsDigits(whole)
            || (whole[0] == '0' && whole.Length > 1)
            || (point >= 0 && !IsDigits(fraction))
            || whole.Length + fraction.Length > MostDigits
        )
        {
            return false;
        }

        return TryScale(Read(whole, fraction), exponent - fraction.Length, limit, out value);
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> text, out int exponent)
    {
        exponent = 0;
        var isNegative = text.StartsWith("-"u8);
        var digits = isNegative || text.StartsWith("+"u8) ? text[1..] : text;
        if (!IsDigits(digits) || digits.TrimStart((byte)'0').Length > MostOfExponent)
        {
            return false;
        }

        exponent = (int)Read(digits.TrimStart((byte)'0'), default) * (isNegative ? -1 : 1);
        return true;
    }

    private static Int128 Read(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction)
    {
        Int128 value = 0;
        foreach (var digit in whole)
        {
            value = (value * 10) + (digit - '0');
        }

        foreach (var digit in fraction)
        {
            value = (value * 10) + (digit - '0');
        }

        return value;
    }

    private static bool TryScale(Int128 digits, int exponent, long limit, out long value)
    {
        for (; exponent > 0 && digits > 0 && digits < limit; exponent--)
        {
            digits *= 10;
        }

        for (; exponent < 0 && digits % 10 == 0 && digits > 0; exponent++)
        {
            digits /= 10;
        }

        var isWhole = digits == 0 || exponent == 0;
        value = isWhole && digits < limit ? (long)digits : 0;
        return isWhole && digits < limit;
    }

    private static bool IsDigits(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
