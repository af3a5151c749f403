using System.Buffers;
using Grpc.Core;
using Grpc.Net.Compression;

namespace KestrelGrpc.Compression;

internal static class MessageDecompressor
{
    private const int ChunkSize = 16 * 1024;

    /// <param name="maxLength">Largest decompressed size in bytes: a small message must not become an enormous one.</param>
    /// <exception cref="RpcException">INTERNAL: the data is corrupt. RESOURCE_EXHAUSTED: it grows beyond the limit.</exception>
    public static ReadOnlySequence<byte> Decompress(ICompressionProvider provider, in ReadOnlySequence<byte> payload, int? maxLength)
    {
        var limit = maxLength ?? Array.MaxLength;
        var output = new ArrayBufferWriter<byte>(ChunkSize);
        try
        {
            using var input = new MemoryStream(payload.ToArray(), writable: false);
            using var stream = provider.CreateDecompressionStream(input);
            for (int read; (read = stream.Read(output.GetSpan(ChunkSize))) > 0;)
            {
                if (read > limit - output.WrittenCount)
                {
                    throw new RpcException(new Status(StatusCode.ResourceExhausted, "The decompressed message exceeds the maximum size."));
                }

                output.Advance(read);
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw new RpcException(new Status(StatusCode.Internal, "The compressed message is corrupt.", exception));
        }

        return new ReadOnlySequence<byte>(output.WrittenMemory);
    }
}
