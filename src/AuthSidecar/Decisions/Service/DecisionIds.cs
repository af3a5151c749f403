using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Service;

/// <summary>
/// Generates decision ids: UUIDv7 (RFC 9562) as 32 lower-case hexadecimal digits, sortable by time. An id is random, or derived from the
/// request where Envoy can repeat it.
/// </summary>
internal static class DecisionIds
{
    /// <summary>Length of an id in characters.</summary>
    public const int TextLength = 2 * Length;

    private const int Length = 16;
    private const int TimeLength = 6;
    private const int RandomLength = Length - TimeLength;
    private const int Reserve = 100;
    private const long NanosPerMillisecond = 1_000_000;

    // Random bytes cost a system call, so they are fetched for many ids at once.
    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _used;

    public static string Next(TimeProvider time) => Text(time.GetUtcNow().ToUnixTimeMilliseconds(), NextRandom());

    /// <summary>The id of a request that can be repeated: the same for each repeat, and unpredictable without the key.</summary>
    /// <param name="request">A known key.</param>
    /// <param name="key">Secret key that the replicas share.</param>
    public static string Of(RepeatKey request, SipKey key)
    {
        Span<byte> hash = stackalloc byte[SipHash.Length];
        ReadOnlySpan<ulong> parts = [request.Stream, (ulong)request.Time, (ulong)request.Hash, (ulong)(request.Hash >> 64)];
        SipHash.Hash(key, MemoryMarshal.AsBytes(parts), hash);
        return Text(request.Time / NanosPerMillisecond, hash[..RandomLength]);
    }

    private static string Text(long milliseconds, ReadOnlySpan<byte> random)
    {
        Span<byte> id = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(id, milliseconds << 16);
        random.CopyTo(id[TimeLength..]);
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
