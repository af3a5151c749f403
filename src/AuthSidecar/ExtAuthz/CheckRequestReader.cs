using System.Text;
using AuthSidecar.Pipeline;
using AuthSidecar.Upstream;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.ExtAuthz;

/// <summary>From Envoy's question to ours; the only reader of it. Never throws: what is missing reads as empty, which no later step lets through.</summary>
internal static class CheckRequestReader
{
    private const string PolicyExtension = "policy";

    public static InboundRequest Read(CheckRequest question)
    {
        var attributes = question.Attributes;
        var http = attributes?.Request?.Http;
        var source = attributes?.Source;
        string? policy = null;
        attributes?.ContextExtensions.TryGetValue(PolicyExtension, out policy);
        return new()
        {
            Method = http?.Method ?? "",
            Host = http?.Host ?? "",
            Target = http?.Path ?? "",
            Headers = http is null ? new() : ReadHeaders(http),
            PeerAddress = source?.Address?.SocketAddress?.Address ?? "",
            Principal = source?.Principal ?? "",
            PolicyName = policy,
        };
    }

    // With encode_raw_headers Envoy fills header_map and leaves the joined map empty; without it the other way round.
    private static RequestHeaders ReadHeaders(AttributeContext.Types.HttpRequest http)
    {
        var headers = new RequestHeaders();
        if (http.HeaderMap is { Headers.Count: > 0 } raw)
        {
            foreach (var entry in raw.Headers)
            {
                Add(headers, entry.Key, entry.Value, entry.RawValue);
            }
        }
        else
        {
            foreach (var (name, value) in http.Headers)
            {
                Add(headers, name, value, ByteString.Empty);
            }
        }

        return headers;
    }

    private static void Add(RequestHeaders headers, string name, string value, ByteString raw)
    {
        if (name.Length == 0 || name[0] == ':')
        {
            return;
        }

        if (name.AsSpan().ContainsAnyInRange('A', 'Z'))
        {
            name = name.ToLowerInvariant();
        }

        var known = KnownHeaders.Find(name);
        if (known != KnownHeader.None)
        {
            headers.Add(known, raw.Length > 0 ? Encoding.UTF8.GetString(raw.Span) : value);
        }
        else if (IdentityHeaders.IsReserved(name))
        {
            headers.AddForged(name);
        }
    }
}
