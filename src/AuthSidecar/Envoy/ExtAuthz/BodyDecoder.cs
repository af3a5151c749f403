using System.IO.Compression;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>Decodes a request's body of one content coding; Codex sends <c>zstd</c>.</summary>
internal static class BodyDecoder
{
    // As much as docs/guides/providers.md promises for bodies without a coding.
    private const int Longest = 8 * 1024 * 1024;
    private const int FirstLength = 64 * 1024;

    // RFC 8878 3.1.1.1.2 recommends to accept windows up to 8 MiB.
    private const int LongestWindowLog = 23;

    /// <returns>False for an unknown coding, and for more than 8 MiB.</returns>
    /// <exception cref="InvalidDataException">The body is malformed.</exception>
    /// <exception cref="ZstdException">The body is malformed, or its window is too large.</exception>
    public static bool TryDecode(string coding, ReadOnlySpan<byte> body, out byte[] decoded)
    {
        decoded = [];
        using var source = new MemoryStream(body.ToArray());
        using var decoder = Open(coding, source);
        return decoder is not null && TryRead(decoder, out decoded);
    }

    private static Stream? Open(string coding, Stream source)
    {
        if (coding.Equals("zstd", StringComparison.OrdinalIgnoreCase))
        {
            var decompressor = new Decompressor();
            decompressor.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LongestWindowLog);
            return new DecompressionStream(source, decompressor, preserveDecompressor: false);
        }

        return coding.ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => new GZipStream(source, CompressionMode.Decompress),
            "br" => new BrotliStream(source, CompressionMode.Decompress),
            "deflate" => new ZLibStream(source, CompressionMode.Decompress),
            _ => null,
        };
    }

    private static bool TryRead(Stream decoder, out byte[] decoded)
    {
        var buffer = new byte[FirstLength];
        var length = 0;
        while (decoder.Read(buffer, length, buffer.Length - length) is var read and > 0)
        {
            length += read;
            if (length > Longest)
            {
                decoded = [];
                return false;
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(2 * buffer.Length, Longest + 1));
            }
        }

        decoded = buffer[..length];
        return true;
    }
}
