using Grpc.Core;
using KestrelGrpc.Wire;
using Microsoft.AspNetCore.Http;

namespace KestrelGrpc.Server;

internal static class RequestHeaderReader
{
    // Reserved for the protocol in requests; in responses applications do use one, grpc-status-details-bin.
    private const string ProtocolPrefix = "grpc-";

    public static Metadata Read(IHeaderDictionary headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith(ProtocolPrefix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            foreach (var value in values)
            {
                MetadataHeaders.Add(metadata, name, value ?? "");
            }
        }

        return metadata;
    }
}
