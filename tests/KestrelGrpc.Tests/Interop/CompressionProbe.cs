using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;
using Grpc.Testing;

namespace KestrelGrpc.Tests.Interop;

/// <summary>Tells a service whether the message it has just received was compressed, which the API for services does not.</summary>
internal sealed class CompressionProbe : ICompressionProvider
{
    private static readonly AsyncLocal<Counter?> Current = new();

    private readonly GzipCompressionProvider _gzip = new(CompressionLevel.Fastest);

    public string EncodingName => _gzip.EncodingName;

    /// <summary>Starts to count for the call that is about to be served.</summary>
    public static void BeginCall() => Current.Value = new Counter();

    public static void Require(BoolValue? expectCompressed)
    {
        var counter = Current.Value ?? throw new InvalidOperationException("No call was begun.");
        var wasCompressed = counter.Decompressed > 0;
        counter.Decompressed = 0;
        if (expectCompressed is not null && expectCompressed.Value != wasCompressed)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"The message was {(wasCompressed ? "" : "not ")}compressed."));
        }
    }

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => _gzip.CreateCompressionStream(stream, compressionLevel);

    public Stream CreateDecompressionStream(Stream stream)
    {
        if (Current.Value is { } counter)
        {
            counter.Decompressed++;
        }

        return _gzip.CreateDecompressionStream(stream);
    }

    private sealed class Counter
    {
        public int Decompressed { get; set; }
    }
}
