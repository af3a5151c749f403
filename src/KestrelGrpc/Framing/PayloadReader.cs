using System.Buffers;
using Grpc.Core;

namespace KestrelGrpc.Framing;

/// <summary>Shows a marshaller the bytes of one message.</summary>
internal sealed class PayloadReader : DeserializationContext
{
    // A marshaller runs to its end on one thread, so one reader per thread serves every call.
    [ThreadStatic]
    private static PayloadReader? s_spare;

    private ReadOnlySequence<byte> _payload;

    public override int PayloadLength => (int)_payload.Length;

    public static T Read<T>(in ReadOnlySequence<byte> payload, Func<DeserializationContext, T> deserializer)
    {
        var reader = s_spare ?? new PayloadReader();
        s_spare = null;
        reader._payload = payload;
        try
        {
            return deserializer(reader);
        }
        finally
        {
            reader._payload = default;
            s_spare = reader;
        }
    }

    public override byte[] PayloadAsNewBuffer() => _payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _payload;
}
