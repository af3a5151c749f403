using System.Buffers.Binary;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// Envoy's Check request for a chat completion: about 1.15 kB with 20 raw headers, both peers, the time and the route's policy.
/// </summary>
internal static class CheckMessages
{
    public const string Policy = "app";

    private static readonly (string Name, string Value)[] _headers =
    [
        (":authority", "api.example.com"),
        (":path", "/v1/chat/completions"),
        (":method", "POST"),
        (":scheme", "https"),
        ("user-agent", "OpenAI/Python 1.54.3"),
        ("accept", "application/json"),
        ("accept-encoding", "gzip, deflate"),
        ("content-type", "application/json"),
        ("content-length", "1834"),
        ("x-stainless-lang", "python"),
        ("x-stainless-os", "Linux"),
        ("x-stainless-arch", "x64"),
        ("x-stainless-runtime", "CPython"),
        ("x-stainless-async", "false"),
        ("x-forwarded-for", "203.0.113.17"),
        ("x-forwarded-proto", "https"),
        ("x-envoy-external-address", "203.0.113.17"),
        ("x-request-id", "5d1e1e3c-7d7e-4c7a-9f07-7b1d6e0f3a52"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ];

    public static CheckRequest For(string token)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Id = "13478651974310235617",
            Method = "POST",
            Path = "/v1/chat/completions",
            Host = "api.example.com",
            Scheme = "https",
            Size = 1834,
            Protocol = "HTTP/1.1",
            HeaderMap = new(),
        };
        foreach (var (name, value) in _headers.Append(("authorization", $"Bearer {token}")))
        {
            http.HeaderMap.Headers.Add(new HeaderValue { Key = name, RawValue = ByteString.CopyFromUtf8(value) });
        }

        return new()
        {
            Attributes = new()
            {
                Source = new() { Address = Socket("203.0.113.17", 50123), Principal = "spiffe://example.com/ns/edge/sa/gateway" },
                Destination = new() { Address = Socket("10.1.2.3", 8443), Principal = "spiffe://example.com/ns/llm/sa/api" },
                Request = new() { Time = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch.AddYears(56)), Http = http },
                ContextExtensions = { ["policy"] = Policy },
            },
        };
    }

    /// <summary>The message with gRPC's length prefix, as in the body of the call.</summary>
    public static byte[] Framed(IMessage message)
    {
        var bytes = message.ToByteArray();
        var frame = new byte[5 + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), bytes.Length);
        bytes.CopyTo(frame, 5);
        return frame;
    }

    private static Address Socket(string address, uint port) =>
        new()
        {
            SocketAddress = new() { Address = address, PortValue = port },
        };
}
