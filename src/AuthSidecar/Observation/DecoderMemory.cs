namespace AuthSidecar.Observation;

/// <summary>What a decoder may come to hold, from the first byte of what it decodes.</summary>
internal static class DecoderMemory
{
    /// <summary>The greatest window that is read, 4 MiB: what encoders use that are not asked for more. A Brotli stream may ask for 16 MiB with its first bits, and its decoder takes them with the next.</summary>
    public const int MostWindowBits = 22;

    // Tables and buffers. The window of zlib's formats is 32 KiB at most.
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
            ( > 0 and var more, _) => 17 + more,
            (_, 0) => 17,

            // No Brotli, or its extension with windows of up to 1 GiB.
            (_, 1) => LargeWindow,
            var (_, less) => 8 + less,
        };
    }
}
