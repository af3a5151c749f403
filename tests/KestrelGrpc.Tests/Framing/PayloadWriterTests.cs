using System.Buffers;
using System.Text;
using Grpc.Core;
using KestrelGrpc.Framing;

namespace KestrelGrpc.Tests.Framing;

/// <summary>The ways in which a marshaller may hand over a message, and may not.</summary>
public class PayloadWriterTests
{
    private static readonly byte[] Framed = [0, 0, 0, 0, 3, 7, 8, 9];

    [Fact]
    public void LengthAnnounced_IsWrittenInPlace() => Assert.Equal(Framed, Write(context =>
    {
        context.SetPayloadLength(3);
        context.GetBufferWriter().Write<byte>([7, 8]);
        context.GetBufferWriter().Write<byte>([9]);
        context.Complete();
    }));

    [Fact]
    public void LengthNotAnnounced_IsMeasured() => Assert.Equal(Framed, Write(context =>
    {
        context.GetBufferWriter().Write<byte>([7, 8, 9]);
        context.Complete();
    }));

    [Fact]
    public void Array_IsTakenWhole() => Assert.Equal(Framed, Write(context => context.Complete([7, 8, 9])));

    [Fact]
    public void NothingWritten_IsTheEmptyMessage()
    {
        Assert.Equal([0, 0, 0, 0, 0], Write(context => context.Complete()));
        Assert.Equal([0, 0, 0, 0, 0], Write(context =>
        {
            context.SetPayloadLength(0);
            context.GetBufferWriter();
            context.Complete();
        }));
    }

    [Fact]
    public void LessThanAnnounced_IsAnError() => AssertNothingWritten<InvalidOperationException>(context =>
    {
        context.SetPayloadLength(3);
        context.GetBufferWriter().Write<byte>([7, 8]);
        context.Complete();
    });

    [Fact]
    public void MoreThanAnnounced_IsAnError() => AssertNothingWritten<InvalidOperationException>(context =>
    {
        context.SetPayloadLength(3);
        context.GetBufferWriter().Write<byte>([7, 8, 9, 10]);
    });

    [Fact]
    public void NotCompleted_IsAnError() => AssertNothingWritten<InvalidOperationException>(context =>
    {
        context.SetPayloadLength(3);
        context.GetBufferWriter().Write<byte>([7, 8, 9]);
    });

    [Fact]
    public void CompletedTwice_IsAnError()
    {
        var exception = Record.Exception(() => Write(context =>
        {
            context.Complete([7]);
            context.Complete([7]);
        }));

        Assert.IsType<InvalidOperationException>(exception);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void BeyondTheLimit_IsResourceExhausted(bool announced)
    {
        var exception = AssertNothingWritten<RpcException>(
            context =>
            {
                if (announced)
                {
                    context.SetPayloadLength(3);
                }

                context.GetBufferWriter().Write<byte>([7, 8, 9]);
                context.Complete();
            },
            maxLength: 2);

        Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
    }

    [Fact]
    public void MarshallersOfArrays_AndOfContexts_ReadEachOther()
    {
        var arrays = Marshallers.StringMarshaller;
        var contexts = Marshallers.Create<string>(
            (string text, SerializationContext context) => context.Complete(Encoding.UTF8.GetBytes(text)),
            (DeserializationContext context) => Encoding.UTF8.GetString(context.PayloadAsReadOnlySequence()) + context.PayloadLength);

        Assert.Equal("\u263a3", contexts.Deserializer(arrays.Serializer("\u263a")));
        Assert.Equal("\u263a", arrays.Deserializer(contexts.Serializer("\u263a")));
    }

    private static byte[] Write(Action<SerializationContext> marshal, int? maxLength = null)
    {
        var destination = new ArrayBufferWriter<byte>();
        PayloadWriter.Write(destination, "", (_, context) => marshal(context), maxLength);
        return destination.WrittenSpan.ToArray();
    }

    private static TException AssertNothingWritten<TException>(Action<SerializationContext> marshal, int? maxLength = null)
        where TException : Exception
    {
        var destination = new ArrayBufferWriter<byte>();
        var exception = Assert.Throws<TException>(() => PayloadWriter.Write(destination, "", (_, context) => marshal(context), maxLength));
        Assert.Equal(0, destination.WrittenCount);
        return exception;
    }
}
