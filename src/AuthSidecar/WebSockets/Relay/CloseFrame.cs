using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>The payload of a close frame (RFC 6455 5.5.1).</summary>
internal static class CloseFrame
{
    private const int CodeBytes = sizeof(ushort);

    /// <returns>The frame, with room for its header before the payload.</returns>
    public static FramePart Write(CloseReason reason)
    {
        var frame = new byte[FrameHeader.Longest + CodeBytes + Encoding.UTF8.GetByteCount(reason.Reason)];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(FrameHeader.Longest), (ushort)reason.Code);
        Encoding.UTF8.GetBytes(reason.Reason, frame.AsSpan(FrameHeader.Longest + CodeBytes));
        return new(Opcode.Close, true, new(frame, FrameHeader.Longest, frame.Length - FrameHeader.Longest));
    }

    /// <exception cref="FrameException">RFC 6455 forbids such a close frame, so it must not be forwarded.</exception>
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

    // 1005, 1006 and 1015 stand for the absence of a close frame; 1004 and 1016 to 2999 are unassigned.
    private static bool MayBeSent(int code) => code is >= 1000 and <= 1003 or >= 1007 and <= 1014 or >= 3000 and <= 4999;
}
