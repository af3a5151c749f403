using System.IO.Compression;

namespace AuthSidecar.Observation;

/// <summary>Decodes a content encoding whose bytes come in pieces, and stops when few bytes become too many.</summary>
internal sealed class ContentDecoder : IDisposable
{
    private const int WindowLength = 16 * 1024;

    /// <summary>Bytes that may come out however few went in.</summary>
    public const long Grace = 1024 * 1024;

    /// <summary>Bytes that may come out for each that went in. Events differ in a few letters of hundreds: what providers stream stays far below.</summary>
    public const int MaxRatio = 250;

    private readonly Fed _fed = new();
    private readonly byte[] _window = new byte[WindowLength];
    private readonly Func<Stream, Stream>? _open;
    private Stream? _decoded;
    private long _in;
    private long _out;

    private ContentDecoder(Func<Stream, Stream>? open) => _open = open;

    /// <param name="encoding">The value of <c>content-encoding</c>; empty: none.</param>
    /// <param name="decoder">Null: nothing is encoded.</param>
    /// <returns>False: nothing that can be read.</returns>
    public static bool TryCreate(string encoding, out ContentDecoder? decoder)
    {
        decoder = null;
        switch (encoding.Trim().ToLowerInvariant())
        {
            case "" or "identity":
                return true;
            case "gzip" or "x-gzip":
                decoder = new(stream => new GZipStream(stream, CompressionMode.Decompress));
                return true;
            case "br":
                decoder = new(stream => new BrotliStream(stream, CompressionMode.Decompress));
                return true;
            case "deflate":
                decoder = new(null);
                return true;
            default:
                return false;
        }
    }

    /// <param name="bytes">The next piece.</param>
    /// <param name="read">Given what it became, in pieces.</param>
    /// <returns>False: the bytes became too many, and not all of them were decoded.</returns>
    /// <exception cref="InvalidDataException">The bytes are not of this encoding.</exception>
    public bool Decode(ReadOnlyMemory<byte> bytes, BytesReader read)
    {
        if (bytes.IsEmpty)
        {
            return true;
        }

        _decoded ??= (_open ?? OpenDeflate(bytes.Span[0]))(_fed);
        _fed.Piece = bytes;
        _in += bytes.Length;
        for (int length; (length = Next()) > 0;)
        {
            _out += length;
            if (_out > Grace && _out / MaxRatio > _in)
            {
                return false;
            }

            read(_window.AsSpan(0, length));
        }

        return true;
    }

    public void Dispose() => _decoded?.Dispose();

    // RFC 9110 8.4.1.2 means zlib's format by "deflate", and some servers send it bare. The low bits of zlib's first byte are 8; of a bare stream that would be a stored block followed by bits that encoders set to 0.
    private static Func<Stream, Stream> OpenDeflate(byte first) => (first & 0x0F) == 8
        ? stream => new ZLibStream(stream, CompressionMode.Decompress)
        : stream => new DeflateStream(stream, CompressionMode.Decompress);

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
