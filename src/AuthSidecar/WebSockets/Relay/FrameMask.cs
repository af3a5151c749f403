using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>Masking (RFC 6455 5.3). Keys are four bytes in header order.</summary>
internal static class FrameMask
{
    private const int Reserve = 256;

    // Each read of the kernel's random source is a system call, so keys are fetched in batches.
    [ThreadStatic]
    private static uint[]? _keys;

    [ThreadStatic]
    private static int _used;

    public static uint NextKey()
    {
        if (_keys is null || _used == Reserve)
        {
            _keys ??= new uint[Reserve];
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(_keys.AsSpan()));
            _used = 0;
        }

        return _keys[_used++];
    }

    /// <summary>Masks or unmasks in place.</summary>
    public static void Apply(Span<byte> payload, uint key)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(payload);
        var twice = ((ulong)key << 32) | key;
        for (var i = 0; i < words.Length; i++)
        {
            words[i] ^= twice;
        }

        for (var i = words.Length * sizeof(ulong); i < payload.Length; i++)
        {
            payload[i] ^= (byte)(key >> (8 * (i % sizeof(uint))));
        }
    }

    /// <summary>The key rotated for the payload after <paramref name="bytes"/> bytes.</summary>
    public static uint After(uint key, long bytes) => uint.RotateRight(key, (int)(bytes % sizeof(uint)) * 8);
}
