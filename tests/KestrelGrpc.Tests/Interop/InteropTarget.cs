using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;

namespace KestrelGrpc.Tests.Interop;

/// <summary>A server of the interoperability tests as our client sees it.</summary>
/// <param name="ReportsCompression">Whether the server can tell if a request was compressed, as the cases on that demand.</param>
internal sealed record InteropTarget(GrpcChannel Channel, bool ReportsCompression) : IDisposable
{
    /// <summary>Asks this library's client to compress requests.</summary>
    public static readonly Metadata Compressed = new() { { "grpc-internal-encoding-request", "gzip" } };

    public TestService.TestServiceClient Client { get; } = new(Channel);

    public static InteropTarget Connect(Uri address, bool reportsCompression) =>
        new(GrpcChannel.ForAddress(address, new GrpcChannelOptions { CompressionProviders = [new CompressionProbe()] }), reportsCompression);

    public static Payload Zeros(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };

    public void Dispose() => Channel.Dispose();
}
