using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace AuthSidecar.Relay;

/// <summary>The payload of a close frame (RFC 6455 5.5.1).</summary>
internal static class CloseFrame
{
    private const int CodeBytes = sizeof(ushort);

    /// <summary>With room for a header before it.</summary>
    public static FramePart Write(CloseReason ending)
    {
        var frame = new byte[FrameHeader.Longest + CodeBytes + Encoding.UTF8.GetByteCount(ending.Reason)];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(FrameHeader.Longest), (ushort)ending.Code);
        Encoding.UTF8.GetBytes(ending.Reason, frame.AsSpan(FrameHeader.Longest + CodeBytes));
        return new(Opcode.Close, true, new(frame, FrameHeader.Longest, frame.Length - FrameHeader.Longest));
    }

    /// <exception cref="FrameException">No such close frame may be sent, so it must not be passed on either.</exception>
    public static void Check(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return;
        }

        if (payload.Length < CodeBytes || !MayBeSent(BinaryPrimitives.ReadUInt16BigEndian(payload)) || !Utf8.IsValid(payload[CodeBytes..]))
        {
            throw new FrameException(CloseReason.ProtocolError);
        }
    }

    // 1005, 1006 and 1015 say that there was no close frame; 1004 and 1016 to 2999 are nobody's yet.
    private static bool MayBeSent(int code) => code is >= 1000 and <= 1003 or >= 1007 and <= 1014 or >= 3000 and <= 4999;
}
