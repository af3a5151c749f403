using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using AuthSidecar.Platform.Hosting;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Bounds the bytes of the long messages that are in memory at a time: bodies of requests whose callers are not authenticated yet. More
/// would not be read before Envoy's deadline either. No message waits: one that waits fills the flow control window of Envoy's connection,
/// and then every other Check waits too.
/// </summary>
internal sealed class LongMessages(ListenOptions listen)
{
    // Longer than a Check with the longest headers and no body.
    private const int Short = 128 * 1024;

    // Compression flag and length of a gRPC message.
    private const int HeadLength = 5;

    private readonly long _most = 8L * listen.MaxCheckBytes;
    private long _held;

    /// <summary>Whether the message counts. One above the maximum does not: the gRPC stack refuses it by its length.</summary>
    public bool IsLong(long length) => length > Short && length <= listen.MaxCheckBytes;

    /// <summary>Whether the long message may be read; if so, <see cref="Leave"/> must follow.</summary>
    public bool TryEnter(long length)
    {
        if (Interlocked.Add(ref _held, length) <= _most)
        {
            return true;
        }

        Leave(length);
        return false;
    }

    public void Leave(long length) => Interlocked.Add(ref _held, -length);

    /// <summary>The announced length of the message, which stays unread; null: it has not arrived yet.</summary>
    public static long? PeekLength(PipeReader reader)
    {
        if (!reader.TryRead(out var read))
        {
            return null;
        }

        var length = LengthOf(read);
        reader.AdvanceTo(read.Buffer.Start);
        return length;
    }

    /// <summary>As <see cref="PeekLength"/>, but waits for it.</summary>
    /// <returns>0: the call ends before its message.</returns>
    public static async ValueTask<long> PeekLengthAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        var read = await reader.ReadAtLeastAsync(HeadLength, cancellationToken);
        var length = LengthOf(read) ?? 0;
        reader.AdvanceTo(read.Buffer.Start);
        return length;
    }

    private static long? LengthOf(ReadResult read)
    {
        if (read.Buffer.Length < HeadLength)
        {
            return read.IsCompleted ? 0 : null;
        }

        Span<byte> head = stackalloc byte[HeadLength];
        read.Buffer.Slice(0, HeadLength).CopyTo(head);
        return BinaryPrimitives.ReadUInt32BigEndian(head[1..]);
    }
}
