using System.Buffers;

namespace KestrelGrpc.Framing;

/// <summary>One length-prefixed message, still compressed if its flag says so.</summary>
internal readonly record struct MessageFrame(bool IsCompressed, ReadOnlySequence<byte> Payload);
