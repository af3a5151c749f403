using System.IO.Compression;

namespace AuthSidecar.Observation;

/// <summary>Decodes a content encoding whose bytes come in pieces, in bounded memory.</summary>
internal sealed class ContentDecoder : IDisposable
{
    private const int WindowLength = 16 * 1024;

    /// <summary>Bytes that may come out for each that went in, beyond the grace.</summary>
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

    /// <summary>Why no more is decoded; one of <see cref="ErrorNames"/>.</summary>
    public string? Problem { get; private set; }

    /// <param name="encoding">The value of <c>content-encoding</c>; empty: none.</param>
    /// <param name="pool">Where its memory is counted, from the first byte on.</param>
    /// <param name="grace">Bytes that may come out however few went in. Time is what this bounds; memory does not depend on it.</param>
    /// <param name="decoder">Null: nothing is encoded.</param>
    /// <returns>False: nothing that can be read.</returns>
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

    /// <param name="bytes">The next piece.</param>
    /// <param name="read">Given what it became, in pieces.</param>
    /// <returns>False: it stopped, and <see cref="Problem"/> says why.</returns>
    /// <exception cref="InvalidDataException">The bytes are not of this encoding.</exception>
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
        for (int length; (length = Next()) > 0;)
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

    // RFC 9110 8.4.1.2 means zlib's format by "deflate", and some servers send it bare. The low bits of zlib's first byte are 8; of a bare stream that would be a stored block followed by bits that encoders set to 0.
    private Stream Open(byte first) => _format switch
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
            // What BrotliStream throws, and what zlib's wrapper throws for errors without a name.
            throw new InvalidDataException("The bytes are not of the encoding.", fault);
        }
    }

    /// <summary>A stream that seems to end with each piece and goes on with the next.</summary>
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

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

internal delegate void BytesReader(ReadOnlySpan<byte> bytes);
