using System.Runtime.CompilerServices;

namespace AuthSidecar.Observation;

/// <summary>The five counts, each the provider's own number or unknown.</summary>
internal struct TokenCounts
{
    private const long Limit = 1_000_000_000_000;

    private Counts _counts;
    private byte _known;

    public readonly bool IsEmpty => _known == 0;

    public readonly long? this[Place place] => (_known & Bit(place)) == 0 ? null : _counts[Index(place)];

    /// <summary>Takes a number as it is written in JSON: a non-negative integer below 10^12, also one written with a fraction of zeros or an exponent. Anything else says nothing, and what was known stays.</summary>
    public void Set(Place place, ReadOnlySpan<byte> number)
    {
        if (WholeNumber.TryRead(number, Limit, out var value))
        {
            Set(place, value);
        }
    }

    /// <summary>The last value of each count wins.</summary>
    public void Take(in TokenCounts later)
    {
        for (var place = Place.Input; place <= Place.Reasoning; place++)
        {
            if (later[place] is { } value)
            {
                Set(place, value);
            }
        }
    }

    private static int Index(Place place) => place - Place.Input;

    private static byte Bit(Place place) => (byte)(1 << Index(place));

    private void Set(Place place, long value)
    {
        _counts[Index(place)] = value;
        _known |= Bit(place);
    }

    [InlineArray(5)]
    private struct Counts
    {
        private long _first;
    }
}
