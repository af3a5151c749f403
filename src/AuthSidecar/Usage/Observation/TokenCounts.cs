using System.Runtime.CompilerServices;

namespace AuthSidecar.Usage.Observation;

/// <summary>Five token counts as reported by the provider; each may be unknown.</summary>
internal struct TokenCounts
{
    private const long Limit = 1_000_000_000_000;

    private Counts _counts;
    private byte _known;

    public readonly bool IsEmpty => _known == 0;

    public readonly long? this[UsageField field] => (_known & Bit(field)) == 0 ? null : _counts[Index(field)];

    /// <summary>
    /// Sets a count from a JSON number: a non-negative integer below 10^12, also with a zero fraction or an exponent. Anything else is
    /// ignored.
    /// </summary>
    public void Set(UsageField field, ReadOnlySpan<byte> number)
    {
        if (WholeNumber.TryRead(number, Limit, out var value))
        {
            Set(field, value);
        }
    }

    /// <summary>The last value of each count wins.</summary>
    public void Take(in TokenCounts later)
    {
        for (var field = UsageField.Input; field <= UsageField.Reasoning; field++)
        {
            if (later[field] is { } value)
            {
                Set(field, value);
            }
        }
    }

    private static int Index(UsageField field) => field - UsageField.Input;

    private static byte Bit(UsageField field) => (byte)(1 << Index(field));

    private void Set(UsageField field, long value)
    {
        _counts[Index(field)] = value;
        _known |= Bit(field);
    }

    [InlineArray(5)]
    private struct Counts
    {
        private long _first;
    }
}
