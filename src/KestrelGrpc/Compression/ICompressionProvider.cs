using System.IO.Compression;

namespace Grpc.Net.Compression;

/// <summary>One way of compressing messages, named as in <c>grpc-encoding</c>.</summary>
public interface ICompressionProvider
{
    string EncodingName { get; }

    /// <summary>A stream that compresses what is written to it. It leaves the given stream open.</summary>
    Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel);

    /// <summary>A stream to read the decompressed bytes from.</summary>
    Stream CreateDecompressionStream(Stream stream);
}
