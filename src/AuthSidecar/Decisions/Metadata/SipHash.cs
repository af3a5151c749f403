using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace AuthSidecar.Decisions.Metadata;

/// <summary>A key of 128 bits.</summary>
internal readonly record struct SipKey(ulong First, ulong Second)
{
    /// <param name="bytes">16 bytes, little-endian.</param>
    public static SipKey From(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[sizeof(ulong)..]));
}

/// <summary>
/// SipHash-2-4 with 128 bits of output: a keyed hash of short messages in about 40 ns, where HMAC-SHA256 takes a microsecond.
/// </summary>
/// <remarks>https://github.com/veorq/SipHash</remarks>
internal ref struct SipHash
{
    public const int Length = 16;
    private ulong _v0;
    private ulong _v1;
    private ulong _v2;
    private ulong _v3;

    private SipHash(SipKey key) =>
        (_v0, _v1, _v2, _v3) = (
            key.First ^ 0x736f6d6570736575,
            key.Second ^ 0x646f72616e646f6d ^ 0xee,
            key.First ^ 0x6c7967656e657261,
            key.Second ^ 0x7465646279746573
        );

    /// <param name="key">Secret key.</param>
    /// <param name="message">Message of any length.</param>
    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    public static void Hash(SipKey key, ReadOnlySpan<byte> message, Span<byte> destination)
    {
        var state = new SipHash(key);
        var last = (ulong)message.Length << 56;
        for (; message.Length >= sizeof(ulong); message = message[sizeof(ulong)..])
        {
            state.Absorb(BinaryPrimitives.ReadUInt64LittleEndian(message));
        }

        for (var index = 0; index < message.Length; index++)
        {
            last |= (ulong)message[index] << (8 * index);
        }

        state.Absorb(last);
        state._v2 ^= 0xee;
        BinaryPrimitives.WriteUInt64LittleEndian(destination, state.Squeeze());
        state._v1 ^= 0xdd;
        BinaryPrimitives.WriteUInt64LittleEndian(destination[sizeof(ulong)..], state.Squeeze());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Absorb(ulong block)
    {
        _v3 ^= block;
        Round();
        Round();
        _v0 ^= block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Squeeze()
    {
        Round();
        Round();
        Round();
        Round();
        return _v0 ^ _v1 ^ _v2 ^ _v3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Round()
    {
        _v0 += _v1;
        _v2 += _v3;
        _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
        _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
        _v0 = BitOperations.RotateLeft(_v0, 32);
        _v2 += _v1;
        _v0 += _v3;
        _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
        _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
        _v2 = BitOperations.RotateLeft(_v2, 32);
    }
}
