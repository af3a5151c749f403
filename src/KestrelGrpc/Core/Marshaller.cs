using System.Buffers;
using KestrelGrpc.Framing;

namespace Grpc.Core;

/// <summary>Turns messages of one type into bytes and back.</summary>
public class Marshaller<T>
{
    public Marshaller(Func<T, byte[]> serializer, Func<byte[], T> deserializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        ArgumentNullException.ThrowIfNull(deserializer);

        Serializer = serializer;
        Deserializer = deserializer;
        ContextualSerializer = (message, context) => context.Complete(serializer(message));
        ContextualDeserializer = context => deserializer(context.PayloadAsNewBuffer());
    }

    public Marshaller(Action<T, SerializationContext> serializer, Func<DeserializationContext, T> deserializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        ArgumentNullException.ThrowIfNull(deserializer);

        ContextualSerializer = serializer;
        ContextualDeserializer = deserializer;
        Serializer = message => ToArray(message, serializer);
        Deserializer = bytes => PayloadReader.Read(new ReadOnlySequence<byte>(bytes), deserializer);
    }

    public Func<T, byte[]> Serializer { get; }

    public Func<byte[], T> Deserializer { get; }

    public Action<T, SerializationContext> ContextualSerializer { get; }

    public Func<DeserializationContext, T> ContextualDeserializer { get; }

    private static byte[] ToArray(T message, Action<T, SerializationContext> serializer)
    {
        var framed = new ArrayBufferWriter<byte>();
        PayloadWriter.Write(framed, message, serializer, maxLength: null);
        return framed.WrittenSpan[MessageFraming.HeaderSize..].ToArray();
    }
}
