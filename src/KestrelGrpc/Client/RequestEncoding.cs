using Grpc.Core;
using KestrelGrpc.Compression;

namespace KestrelGrpc.Client;

/// <summary>How an application asks for a compressed request: by a metadata entry that is not sent.</summary>
internal static class RequestEncoding
{
    public const string HeaderName = "grpc-internal-encoding-request";

    public static MessageCompressor? Choose(Metadata? headers, CompressionSet known)
    {
        if (headers?.GetValue(HeaderName) is not { } name || name == CompressionSet.Identity)
        {
            return null;
        }

        var provider = known.Find(name) ?? throw new InvalidOperationException($"The request encoding \"{name}\" has no compression provider.");
        return new MessageCompressor(provider, level: null);
    }
}
