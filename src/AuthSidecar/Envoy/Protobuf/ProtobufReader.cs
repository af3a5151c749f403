namespace AuthSidecar.Envoy.Protobuf;

/// <summary>
/// Reads the fields of one serialized message without allocation. Malformed input throws <see cref="InvalidDataException"/>.
/// </summary>
/// <remarks>https://protobuf.dev/programming-guides/encoding/</remarks>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;
    private const int LongestVarint = 10;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Content of a length-delimited field: a string, bytes or a message; else empty.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>Value of a varint field: a number, an enum or a Boolean (not 0: true).</summary>
    public ulong Number { get; private set; }

    /// <summary>The content of a message's field; empty without one. Of several the last counts, as in every protobuf parser.</summary>
    public static ReadOnlySpan<byte> Last(ReadOnlySpan<byte> message, int field)
    {
        ReadOnlySpan<byte> found = default;
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            if (reader.Field == field)
            {
                found = reader.Content;
            }
        }

        return found;
    }

    /// <summary>Reads the next field; false at the end of the message.</summary>
    public bool Read()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = ReadVarint();
        Field = tag >> 3 is > 0 and <= int.MaxValue ? (int)(tag >> 3) : throw Malformed();
        Content = (int)(tag & 7) switch
        {
            Varint => StoreVarint(),
            Fixed64 => Take(sizeof(ulong))[..0],
            LengthDelimited => Take(ReadVarint()),
            Fixed32 => Take(sizeof(uint))[..0],
            _ => throw Malformed(),
        };
        return true;
    }

    private static InvalidDataException Malformed() => new("Malformed protobuf message.");

    private ReadOnlySpan<byte> StoreVarint()
    {
        Number = ReadVarint();
        return default;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw Malformed();
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var index = 0; index < LongestVarint && index < _rest.Length; index++)
        {
            var octet = _rest[index];
            value |= (ulong)(octet & 0x7F) << (7 * index);
            if (octet < 0x80)
            {
                _rest = _rest[(index + 1)..];
                return value;
            }
        }

        throw Malformed();
    }
}
