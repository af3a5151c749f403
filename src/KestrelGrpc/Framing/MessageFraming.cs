using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;

namespace KestrelGrpc.Framing;

/// <summary>The five bytes before every message: a flag (0 plain, 1 compressed) and the payload length, big-endian.</summary>
internal static class MessageFraming
{
    public const int HeaderSize = 5;

    /// <summary>Takes the first message off the buffer. DATA frame boundaries mean nothing, so it may take several reads to be whole.</summary>
    /// <param name="buffer">Moved past the message when there is a whole one, else left as it is.</param>
    /// <param name="maxLength">Largest payload in bytes, or null for what fits an <see cref="int"/>.</param>
    /// <exception cref="RpcException">INTERNAL: unknown flag. RESOURCE_EXHAUSTED: too long, found before the payload is buffered.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, int? maxLength, out MessageFrame frame)
    {
        frame = default;
        if (buffer.Length < HeaderSize)
        {
            return false;
        }

        var (flag, length) = ReadHeader(buffer);
        if (flag > 1)
        {
            throw new RpcException(new Status(StatusCode.Internal, "The message has an unknown flag."));
        }

        // Unsigned: a length of 2^31 or more is too long, never negative.
        if (length > (uint)(maxLength ?? Array.MaxLength))
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, "The received message exceeds the maximum size."));
        }

        if (buffer.Length - HeaderSize < length)
        {
            return false;
        }

        var end = buffer.GetPosition(HeaderSize + (long)length);
        frame = new MessageFrame(flag == 1, buffer.Slice(buffer.GetPosition(HeaderSize), end));
        buffer = buffer.Slice(end);
        return true;
    }

    public static void WriteHeader(Span<byte> destination, bool compressed, int length)
    {
        destination[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], (uint)length);
    }

    private static (byte Flag, uint Length) ReadHeader(in ReadOnlySequence<byte> buffer)
    {
        var first = buffer.FirstSpan;
        if (first.Length >= HeaderSize)
        {
            return (first[0], BinaryPrimitives.ReadUInt32BigEndian(first[1..]));
        }

        Span<byte> header = stackalloc byte[HeaderSize];
        buffer.Slice(0, HeaderSize).CopyTo(header);
        return (header[0], BinaryPrimitives.ReadUInt32BigEndian(header[1..]));
    }
}
