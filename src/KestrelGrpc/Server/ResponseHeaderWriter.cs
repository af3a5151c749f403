using Grpc.Core;
using KestrelGrpc.Wire;
using Microsoft.AspNetCore.Http;

namespace KestrelGrpc.Server;

internal static class ResponseHeaderWriter
{
    /// <exception cref="InvalidOperationException">A value has characters that HTTP forbids.</exception>
    public static void Write(Metadata metadata, IHeaderDictionary fields)
    {
        foreach (var entry in metadata)
        {
            if (!MetadataHeaders.IsReserved(entry.Key))
            {
                fields.Append(entry.Key, MetadataHeaders.ValueOf(entry));
            }
        }
    }
}
