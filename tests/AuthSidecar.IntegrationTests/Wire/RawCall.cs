using System.Buffers.Binary;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>Check calls, byte by byte.</summary>
internal static class RawCall
{
    public const string CheckPath = "/envoy.service.auth.v3.Authorization/Check";

    /// <summary>The header fields of a Check call; a field of the same name is replaced, any other one added.</summary>
    public static List<(string Name, string Value)> Headers(params (string Name, string Value)[] changes)
    {
        var fields = new List<(string Name, string Value)>
        {
            (":method", "POST"),
            (":scheme", "http"),
            (":path", CheckPath),
            (":authority", "localhost"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
        };
        foreach (var change in changes)
        {
            var index = fields.FindIndex(field => field.Name == change.Name);
            if (index < 0)
            {
                fields.Add(change);
            }
            else
            {
                fields[index] = change;
            }
        }

        return fields;
    }

    public static List<(string Name, string Value)> Without(this List<(string Name, string Value)> fields, string name) =>
        [.. fields.Where(field => field.Name != name)];

    /// <summary>A complete call on a new stream, and its reply.</summary>
    public static async Task<RawReply> CallAsync(this RawConnection connection, byte[] body, params (string Name, string Value)[] headers)
    {
        var stream = await connection.SendHeadersAsync(Headers(headers));
        await stream.SendDataAsync(body, endStream: true);
        return await stream.ReplyAsync();
    }

    /// <summary>Flag, length, payload.</summary>
    public static byte[] Frame(byte flag, ReadOnlySpan<byte> payload)
    {
        var framed = new byte[5 + payload.Length];
        framed[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), payload.Length);
        payload.CopyTo(framed.AsSpan(5));
        return framed;
    }

    public static byte[] Frame(IMessage message) => Frame(0, message.ToByteArray());

    public static CheckRequest CheckRequest(string token) =>
        new()
        {
            Attributes = new()
            {
                Request = new()
                {
                    Http = new()
                    {
                        Method = "GET",
                        Path = "/app",
                        Host = "localhost",
                        HeaderMap = new()
                        {
                            Headers =
                            {
                                new HeaderValue { Key = "authorization", RawValue = ByteString.CopyFromUtf8($"Bearer {token}") },
                            },
                        },
                    },
                },
                ContextExtensions = { ["policy"] = "app" },
            },
        };

    /// <summary>
    /// Envoy's reading: <c>allow</c> or the reason of the denial; null for an error without an answer, on which Envoy rejects the request
    /// itself.
    /// </summary>
    public static string? Verdict(this RawReply reply)
    {
        if (reply.Body.Length == 0)
        {
            return null;
        }

        var answer = reply.Message(CheckResponse.Parser);
        return answer.Status?.Code is null or 0 ? "allow" : answer.DynamicMetadata.Fields["reason"].StringValue;
    }
}
