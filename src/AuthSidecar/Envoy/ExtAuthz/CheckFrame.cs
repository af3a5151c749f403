using System.Buffers.Binary;
using AuthSidecar.Access.Credentials;
using Google.Protobuf;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>Writes an answer of Check outside of the gRPC stack: one message with status OK.</summary>
internal static class CheckFrame
{
    // Compression flag and length of a gRPC message.
    private const int HeadLength = 5;

    public static async Task WriteAsync(HttpResponse response, CheckAnswer answer)
    {
        var message = answer.ToMessage().ToByteArray();
        var frame = new byte[HeadLength + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, HeadLength);
        response.ContentType = ListenerCredential.GrpcContentType;
        await response.Body.WriteAsync(frame);
        response.AppendTrailer("grpc-status", "0");
    }
}
