namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// A whole control frame, or the received part of a data message. Forwarded as a frame of its own: RFC 6455 5.4 allows intermediaries to
/// refragment.
/// </summary>
/// <param name="Opcode">Continuation for all but the first part of a message.</param>
/// <param name="IsFinal">Last part of the message.</param>
/// <param name="Payload">Unmasked. Valid until the next read, with room for a header before it.</param>
internal readonly record struct FramePart(Opcode Opcode, bool IsFinal, ArraySegment<byte> Payload)
{
    public bool IsControl => FrameHeader.IsControl(Opcode);
}
