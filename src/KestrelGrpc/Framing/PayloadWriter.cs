using System.Buffers;
using Grpc.Core;
using KestrelGrpc.Compression;

namespace KestrelGrpc.Framing;

/// <summary>
/// Takes one message from a marshaller and frames it. With the length announced, the message goes straight into the destination;
/// nothing is committed there before it is whole, so a marshaller that throws leaves no half message behind.
/// </summary>
internal sealed class PayloadWriter : SerializationContext, IBufferWriter<byte>
{
    // A marshaller runs to its end on one thread, so one writer per thread serves every call.
    [ThreadStatic]
    private static PayloadWriter? s_spare;

    private IBufferWriter<byte> _destination = null!;
    private MessageCompressor? _compressor;
    private int? _maxLength;
    private Memory<byte> _direct;
    private ArrayBufferWriter<byte>? _buffer;
    private int _announced;
    private int _written;
    private bool _isComplete;

    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: the message is longer than <paramref name="maxLength"/>.</exception>
    public static void Write<T>(
        IBufferWriter<byte> destination, T message, Action<T, SerializationContext> serializer, int? maxLength, MessageCompressor? compressor = null)
    {
        var writer = s_spare ?? new PayloadWriter();
        s_spare = null;
        writer.Reset(destination, maxLength, compressor);
        try
        {
            serializer(message, writer);
            if (!writer._isComplete)
            {
                throw new InvalidOperationException("The marshaller did not complete the message.");
            }
        }
        finally
        {
            writer.Reset(null!, null, null);
            s_spare = writer;
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        CheckLength(payloadLength);
        _announced = payloadLength;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        if (_compressor is null && _announced >= 0 && _direct.IsEmpty)
        {
            _direct = _destination.GetMemory(MessageFraming.HeaderSize + _announced)[..(MessageFraming.HeaderSize + _announced)];
        }
        else if (_direct.IsEmpty)
        {
            _buffer ??= new ArrayBufferWriter<byte>(Math.Max(_announced, 256));
        }

        return this;
    }

    public override void Complete()
    {
        StartCompleting();
        if (_direct.IsEmpty)
        {
            Append(_buffer is null ? default : _buffer.WrittenMemory);
            return;
        }

        if (_written != _announced)
        {
            throw new InvalidOperationException($"The marshaller announced {_announced} bytes and wrote {_written}.");
        }

        MessageFraming.WriteHeader(_direct.Span, compressed: false, _announced);
        _destination.Advance(_direct.Length);
    }

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        StartCompleting();
        Append(payload);
    }

    void IBufferWriter<byte>.Advance(int count)
    {
        if (_direct.IsEmpty)
        {
            _buffer!.Advance(count);
        }
        else
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _announced - _written);
            _written += count;
        }
    }

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => _direct.IsEmpty ? _buffer!.GetMemory(sizeHint) : Rest(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => _direct.IsEmpty ? _buffer!.GetSpan(sizeHint) : Rest(sizeHint).Span;

    private Memory<byte> Rest(int sizeHint)
    {
        var rest = _direct[(MessageFraming.HeaderSize + _written)..];
        return rest.Length >= Math.Max(sizeHint, 1)
            ? rest
            : throw new InvalidOperationException($"The marshaller writes more than the {_announced} bytes it announced.");
    }

    private void Append(ReadOnlyMemory<byte> payload)
    {
        CheckLength(payload.Length);

        // .NET compresses nothing to nothing, which is no gzip stream to other implementations.
        var compressor = payload.IsEmpty ? null : _compressor;
        var body = compressor is null ? payload : compressor.Compress(payload);
        var framed = _destination.GetSpan(MessageFraming.HeaderSize + body.Length);
        MessageFraming.WriteHeader(framed, compressor is not null, body.Length);
        body.Span.CopyTo(framed[MessageFraming.HeaderSize..]);
        _destination.Advance(MessageFraming.HeaderSize + body.Length);
    }

    private void StartCompleting()
    {
        if (_isComplete)
        {
            throw new InvalidOperationException("The message was completed before.");
        }

        _isComplete = true;
    }

    private void CheckLength(int length)
    {
        if (length > _maxLength)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, "The message to send exceeds the maximum size."));
        }
    }

    private void Reset(IBufferWriter<byte> destination, int? maxLength, MessageCompressor? compressor)
    {
        _destination = destination;
        _maxLength = maxLength;
        _compressor = compressor;
        _direct = default;
        _buffer = null;
        _announced = -1;
        _written = 0;
        _isComplete = false;
    }
}
