namespace AuthSidecar.Relay;

/// <summary>A whole control frame, or as much of a data message as has come: passed on, it is a frame of its own, which RFC 6455 5.4 lets those between do.</summary>
/// <param name="Opcode">Continuation for all but the first part of a message.</param>
/// <param name="IsFinal">The message ends with it.</param>
/// <param name="Payload">Unmasked. Valid until the next read, with room for a header before it.</param>
internal readonly record struct FramePart(Opcode Opcode, bool IsFinal, ArraySegment<byte> Payload)
{
    public bool IsControl => FrameHeader.IsControl(Opcode);
}
