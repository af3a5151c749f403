using System.Buffers.Binary;
using Google.Protobuf;
using Grpc.Testing;

namespace KestrelGrpc.Tests.Wire;

/// <summary>Requests, byte by byte.</summary>
internal static class Request
{
    public const string UnaryPath = "/test.Wire/Unary";

    public static List<(string Name, string Value)> Headers(params (string Name, string Value)[] changes)
    {
        var fields = new List<(string Name, string Value)>
        {
            (":method", "POST"), (":scheme", "http"), (":path", UnaryPath), (":authority", "localhost"), ("te", "trailers"),
            ("content-type", "application/grpc"),
        };
        foreach (var (name, value) in changes)
        {
            var index = fields.FindIndex(field => field.Name == name);
            if (index < 0 || !name.StartsWith(':'))
            {
                fields.RemoveAll(field => field.Name == name && name is "te" or "content-type");
                fields.Add((name, value));
            }
            else
            {
                fields[index] = (name, value);
            }
        }

        return fields;
    }

    public static List<(string Name, string Value)> Without(this List<(string Name, string Value)> fields, string name) =>
        [.. fields.Where(field => field.Name != name)];

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

    /// <summary>A message of some bytes.</summary>
    public static byte[] Simple(int size = 3) => Frame(new SimpleRequest { ResponseSize = 7, Payload = new Payload { Body = ByteString.CopyFrom(new byte[size]) } });
}
