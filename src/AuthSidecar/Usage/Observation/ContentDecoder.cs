using System.IO.Compression;

namespace AuthSidecar.Usage.Observation;

/// <summary>Decodes a content encoding chunk by chunk, in bounded memory.</summary>
internal sealed class ContentDecoder : IDisposable
{
    private const int WindowLength = 16 * 1024;

    /// <summary>Maximum output per input byte, beyond the grace.</summary>
    public const int MaxRatio = 250;

    private readonly Fed _fed = new();
    private readonly Format _format;
    private readonly DecoderPool _pool;
    private readonly long _grace;
    private byte[] _window = [];
    private Stream? _decoded;
    private long _taken;
    private long _in;
    private long _out;

    private ContentDecoder(Format format, DecoderPool pool, long grace) => (_format, _pool, _grace) = (format, pool, grace);

    private enum Format
    {
        Gzip,
        Brotli,
        Deflate,
    }

    /// <summary>Why decoding stopped; one of <see cref="ErrorNames"/>.</summary>
    public string? Problem { get; private set; }

    /// <param name="encoding">The value of <c>content-encoding</c>; empty: none.</param>
    /// <param name="pool">Accounts for its memory from the first byte on.</param>
    /// <param name="grace">Output allowed regardless of the input. Bounds time, not memory.</param>
    /// <param name="decoder">Null: not encoded.</param>
    /// <returns>False: unsupported encoding.</returns>
    public static bool TryCreate(string encoding, DecoderPool pool, long grace, out ContentDecoder? decoder)
    {
        decoder = null;
        switch (encoding.Trim().ToLowerInvariant())
        {
            case "" or "identity":
                return true;
            case "gzip" or "x-gzip":
                decoder = new(Format.Gzip, pool, grace);
                return true;
            case "br":
                decoder = new(Format.Brotli, pool, grace);
                return true;
            case "deflate":
                decoder = new(Format.Deflate, pool, grace);
                return true;
            default:
                return false;
        }
    }

    /// <param name="bytes">The next chunk.</param>
    /// <param name="read">Receives the decoded chunks.</param>
    /// <returns>False: decoding stopped, and <see cref="Problem"/> says why.</returns>
    /// <exception cref="InvalidDataException">The bytes are not valid in this encoding.</exception>
    public bool Decode(ReadOnlyMemory<byte> bytes, BytesReader read)
    {
        if (bytes.IsEmpty)
        {
            return true;
        }

        if (_decoded is null && !TryOpen(bytes.Span[0]))
        {
            return false;
        }

        _fed.Piece = bytes;
        _in += bytes.Length;
        for (int length; (length = Next()) > 0; )
        {
            _out += length;
            if (_out > _grace && _out / MaxRatio > _in)
            {
                Problem = ErrorNames.Bomb;
                return false;
            }

            read(_window.AsSpan(0, length));
        }

        return true;
    }

    public void Dispose()
    {
        _decoded?.Dispose();
        _pool.Return(_taken);
        _taken = 0;
    }

    private bool TryOpen(byte first)
    {
        var isBrotli = _format == Format.Brotli;
        if (isBrotli && DecoderMemory.WindowBits(first) > DecoderMemory.MostWindowBits)
        {
            Problem = ErrorNames.Window;
            return false;
        }

        var bytes = DecoderMemory.Of(isBrotli, first);
        if (!_pool.TryTake(bytes))
        {
            Problem = ErrorNames.Busy;
            return false;
        }

        _taken = bytes;
        _window = new byte[WindowLength];
        _decoded = Open(first);
        return true;
    }

    // RFC 9110 8.4.1.2 defines "deflate" as zlib's format, but some servers send a raw stream. The low bits of zlib's first byte are 8; in
    // a raw stream that would be a stored block with padding that encoders set to 0.
    private Stream Open(byte first) =>
        _format switch
        {
            Format.Gzip => new GZipStream(_fed, CompressionMode.Decompress),
            Format.Brotli => new BrotliStream(_fed, CompressionMode.Decompress),
            _ when (first & 0x0F) == 8 => new ZLibStream(_fed, CompressionMode.Decompress),
            _ => new DeflateStream(_fed, CompressionMode.Decompress),
        };

    private int Next()
    {
        try
        {
            return _decoded!.Read(_window);
        }
        catch (Exception fault) when (fault is InvalidOperationException or IOException)
        {
            // BrotliStream, and zlib's wrapper for unnamed errors.
            throw new InvalidDataException("The bytes are invalid in this content encoding.", fault);
        }
    }

    /// <summary>A stream that ends with each chunk and continues with the next.</summary>
    private sealed class Fed : Stream
    {
        public ReadOnlyMemory<byte> Piece { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            var length = Math.Min(buffer.Length, Piece.Length);
            Piece.Span[..length].CopyTo(buffer);
            Piece = Piece[length..];
            return length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

internal delegate void BytesReader(ReadOnlySpan<byte> bytes);
