using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AuthSidecar.Relay;

/// <summary>The masking of RFC 6455 5.3. Keys are four bytes in the order in which they stand in the header.</summary>
internal static class FrameMask
{
    private const int Reserve = 256;

    // The kernel's randomness costs a call each time: fetched for many keys at once.
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

    /// <summary>Masks, or unmasks.</summary>
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

    /// <summary>The key for what follows after that many bytes.</summary>
    public static uint After(uint key, long bytes) => uint.RotateRight(key, (int)(bytes % sizeof(uint)) * 8);
}
