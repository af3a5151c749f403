using System.Collections.Frozen;
using Grpc.Core;

namespace KestrelGrpc.Wire;

/// <summary>Metadata to HTTP header fields and back.</summary>
internal static class MetadataHeaders
{
    // What belongs to HTTP or to the protocol itself and is not metadata of the application.
    private static readonly FrozenSet<string> Reserved = new[]
    {
        "accept-encoding", "connection", "content-length", "content-type", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade", "grpc-accept-encoding", "grpc-encoding", "grpc-message", "grpc-message-type", "grpc-status", "grpc-timeout",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool IsReserved(string name) => Reserved.Contains(name);

    /// <summary>Adds the entries of one received header line; names that gRPC does not allow are left out.</summary>
    public static void Add(Metadata metadata, string name, string value)
    {
        if (IsReserved(name) || !MetadataKey.TryNormalize(name, out var key))
        {
            return;
        }

        if (!key.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.Ordinal))
        {
            metadata.Add(Metadata.Entry.Received(key, value));
            return;
        }

        foreach (var part in value.AsSpan().Split(','))
        {
            metadata.Add(Metadata.Entry.Received(key, BinaryHeader.Decode(value.AsSpan(part))));
        }
    }

    public static string ValueOf(Metadata.Entry entry) => entry.IsBinary ? BinaryHeader.Encode(entry.Bytes) : entry.Value;
}
