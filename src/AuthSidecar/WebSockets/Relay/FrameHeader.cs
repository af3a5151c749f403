using System.Buffers.Binary;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>The opcode of a frame (RFC 6455 5.2).</summary>
internal enum Opcode
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>The header of one frame.</summary>
/// <param name="IsFinal">The last frame of its message.</param>
/// <param name="Opcode">Its opcode.</param>
/// <param name="Length">Bytes of its payload.</param>
/// <param name="Mask">The masking key; null: unmasked.</param>
internal readonly record struct FrameHeader(bool IsFinal, Opcode Opcode, long Length, uint? Mask)
{
    public const int Longest = 14;
    public const int LongestControl = 125;

    private const int Shortest = 2;
    private const int MaskBytes = 4;
    private const int TwoBytes = 126;
    private const int EightBytes = 127;
    private const byte FinalBit = 0x80;
    private const byte MaskBit = 0x80;
    private const byte ReservedBits = 0x70;

    public static bool IsControl(Opcode opcode) => opcode >= Opcode.Close;

    /// <summary>Length of the header, as far as its first bytes determine it.</summary>
    public static int LengthOf(ReadOnlySpan<byte> beginning) =>
        beginning.Length < Shortest
            ? Shortest
            : Shortest + ExtendedBytes(beginning[1] & ~MaskBit) + ((beginning[1] & MaskBit) == 0 ? 0 : MaskBytes);

    /// <param name="header">The whole header.</param>
    /// <param name="isMasked">Clients mask and servers do not (RFC 6455 5.1).</param>
    /// <exception cref="FrameException">Protocol violation.</exception>
    public static FrameHeader Read(ReadOnlySpan<byte> header, bool isMasked)
    {
        var (first, second) = (header[0], header[1]);
        var opcode = (Opcode)(first & 0x0F);
        var length = (second & ~MaskBit) switch
        {
            TwoBytes => BinaryPrimitives.ReadUInt16BigEndian(header[Shortest..]),
            EightBytes => BinaryPrimitives.ReadInt64BigEndian(header[Shortest..]),
            var small => small,
        };
        if (
            (first & ReservedBits) != 0
            || opcode is not (<= Opcode.Binary or (>= Opcode.Close and <= Opcode.Pong))
            || length < 0
            || (second & MaskBit) != 0 != isMasked
            || (IsControl(opcode) && ((first & FinalBit) == 0 || length > LongestControl))
        )
        {
            throw new FrameException(CloseReason.ProtocolError);
        }

        return new((first & FinalBit) != 0, opcode, length, isMasked ? BitConverter.ToUInt32(header[^MaskBytes..]) : null);
    }

    /// <summary>Writes the header to the end of <paramref name="room"/>.</summary>
    /// <returns>Its length.</returns>
    public int WriteBefore(Span<byte> room)
    {
        var extended = Length < TwoBytes ? 0 : ExtendedBytes(Length <= ushort.MaxValue ? TwoBytes : EightBytes);
        var size = Shortest + extended + (Mask is null ? 0 : MaskBytes);
        var header = room[^size..];
        header[0] = (byte)((IsFinal ? FinalBit : 0) | (int)Opcode);
        header[1] = (byte)(Mask is null ? 0 : MaskBit);
        switch (extended)
        {
            case 0:
                header[1] |= (byte)Length;
                break;
            case sizeof(ushort):
                header[1] |= TwoBytes;
                BinaryPrimitives.WriteUInt16BigEndian(header[Shortest..], (ushort)Length);
                break;
            default:
                header[1] |= EightBytes;
                BinaryPrimitives.WriteInt64BigEndian(header[Shortest..], Length);
                break;
        }

        if (Mask is { } mask)
        {
            BitConverter.TryWriteBytes(header[^MaskBytes..], mask);
        }

        return size;
    }

    private static int ExtendedBytes(int length) =>
        length switch
        {
            TwoBytes => sizeof(ushort),
            EightBytes => sizeof(long),
            _ => 0,
        };
}
