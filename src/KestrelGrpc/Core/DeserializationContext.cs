using System.Buffers;

namespace Grpc.Core;

/// <summary>The bytes of one received message. They are valid only until the marshaller returns.</summary>
public abstract class DeserializationContext
{
    /// <summary>In bytes, after decompression.</summary>
    public abstract int PayloadLength { get; }

    /// <summary>A copy that the caller owns.</summary>
    public virtual byte[] PayloadAsNewBuffer() => throw new NotSupportedException();

    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() => throw new NotSupportedException();
}
