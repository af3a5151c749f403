using System.Runtime.InteropServices;

namespace AuthSidecar.Platform.Hashing;

/// <summary>
/// The HMAC of a token under the first pepper. Values cannot be chosen without the pepper, so any part of it serves as a hash code.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct TokenHash : IEquatable<TokenHash>
{
    public const int Length = 32;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    /// <summary>The first 8 bytes, which identify a hash in practice.</summary>
    public ulong Prefix => _first;

    public static TokenHash From(ReadOnlySpan<byte> hash) => MemoryMarshal.Read<TokenHash>(hash);

    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        MemoryMarshal.Write(bytes, in this);
        return bytes;
    }

    public bool Equals(TokenHash other) =>
        _first == other._first && _second == other._second && _third == other._third && _fourth == other._fourth;

    public override bool Equals(object? obj) => obj is TokenHash other && Equals(other);

    public override int GetHashCode() => (int)_first;
}
