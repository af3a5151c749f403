using System.Security.Cryptography;

namespace AuthSidecar.Decisions.Text;

/// <summary>A set of byte strings with constant-time lookup for values of equal length.</summary>
internal sealed class FixedTimeSet(IEnumerable<byte[]> values)
{
    private readonly byte[][] _values = [.. values];

    public bool IsEmpty => _values.Length == 0;

    public bool Contains(ReadOnlySpan<byte> value)
    {
        var found = false;
        foreach (var known in _values)
        {
            found |= CryptographicOperations.FixedTimeEquals(value, known);
        }

        return found;
    }
}
