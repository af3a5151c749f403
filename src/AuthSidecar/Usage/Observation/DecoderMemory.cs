namespace AuthSidecar.Usage.Observation;

/// <summary>Upper bound of a decoder's memory, from the first byte of its input.</summary>
internal static class DecoderMemory
{
    /// <summary>
    /// Largest accepted window, 4 MiB: the default maximum of encoders. A Brotli stream may request 16 MiB in its first bits, which its
    /// decoder then allocates.
    /// </summary>
    public const int MostWindowBits = 22;

    // Tables and buffers; the window of zlib's formats is at most 32 KiB.
    private const long Tables = 64 * 1024;
    private const int LargeWindow = 30;

    /// <returns>Bytes.</returns>
    public static long Of(bool isBrotli, byte first) => isBrotli ? Tables + (1L << WindowBits(first)) : Tables;

    /// <summary>Base 2 logarithm of a Brotli stream's window.</summary>
    /// <remarks>https://www.rfc-editor.org/rfc/rfc7932#section-9.1</remarks>
    public static int WindowBits(byte first)
    {
        if ((first & 1) == 0)
        {
            return 16;
        }

        return (((first >> 1) & 7), ((first >> 4) & 7)) switch
        {
            (> 0 and var more, _) => 17 + more,
            (_, 0) => 17,

            // Not Brotli, or its extension with windows of up to 1 GiB.
            (_, 1) => LargeWindow,
            var (_, less) => 8 + less,
        };
    }
}
