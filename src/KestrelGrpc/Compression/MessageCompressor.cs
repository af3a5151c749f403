using System.IO.Compression;
using Grpc.Net.Compression;

namespace KestrelGrpc.Compression;

/// <summary>Compresses the messages of one side of a call.</summary>
internal sealed class MessageCompressor(ICompressionProvider provider, CompressionLevel? level)
{
    public string EncodingName => provider.EncodingName;

    public ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> payload)
    {
        using var compressed = new MemoryStream();
        using (var stream = provider.CreateCompressionStream(compressed, level))
        {
            stream.Write(payload.Span);
        }

        return compressed.GetBuffer().AsMemory(0, (int)compressed.Length);
    }
}
