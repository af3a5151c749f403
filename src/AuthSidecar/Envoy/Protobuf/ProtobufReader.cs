namespace AuthSidecar.Envoy.Protobuf;

/// <summary>
/// Walks the fields of one serialized message without making objects of them. Whatever is not well-formed throws
/// <see cref="InvalidDataException"/>.
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

    /// <summary>Number of the field that was read last.</summary>
    public int Field { get; private set; }

    /// <summary>Its content when it is text, bytes or a message; else empty.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>Its value when it is a varint: a number, an enum or, not 0, true.</summary>
    public ulong Number { get; private set; }

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
            Varint => PassVarint(),
            Fixed64 => Take(sizeof(ulong))[..0],
            LengthDelimited => Take(ReadVarint()),
            Fixed32 => Take(sizeof(uint))[..0],
            _ => throw Malformed(),
        };
        return true;
    }

    private static InvalidDataException Malformed() => new("The message is not well-formed.");

    private ReadOnlySpan<byte> PassVarint()
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
