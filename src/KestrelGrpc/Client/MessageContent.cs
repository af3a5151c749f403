using System.Net;

namespace KestrelGrpc.Client;

/// <summary>A request of one framed message.</summary>
internal sealed class MessageContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _framed;

    public MessageContent(ReadOnlyMemory<byte> framed)
    {
        _framed = framed;
        Headers.TryAddWithoutValidation("Content-Type", Wire.GrpcContentType.Value);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.WriteAsync(_framed, cancellationToken).AsTask();

    // No content-length: gRPC has its own framing.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
