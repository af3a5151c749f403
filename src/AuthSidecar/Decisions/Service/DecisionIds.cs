using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AuthSidecar.Decisions.Service;

/// <summary>Generates decision ids: UUIDv7 (RFC 9562) as 32 lower-case hexadecimal digits, sortable by time.</summary>
internal static class DecisionIds
{
    /// <summary>Length of an id in characters.</summary>
    public const int TextLength = 2 * Length;

    private const int Length = 16;
    private const int TimeLength = 6;
    private const int RandomLength = Length - TimeLength;
    private const int Reserve = 100;

    // Random bytes cost a system call, so they are fetched for many ids at once.
    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _used;

    public static string Next(TimeProvider time)
    {
        Span<byte> id = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(id, time.GetUtcNow().ToUnixTimeMilliseconds() << 16);
        NextRandom().CopyTo(id[TimeLength..]);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return Convert.ToHexStringLower(id);
    }

    private static ReadOnlySpan<byte> NextRandom()
    {
        if (_random is null || _used == Reserve)
        {
            _random ??= new byte[Reserve * RandomLength];
            RandomNumberGenerator.Fill(_random);
            _used = 0;
        }

        return _random.AsSpan(_used++ * RandomLength, RandomLength);
    }
}
