using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace AuthSidecar.Decisions.Metadata;

/// <summary>
/// Authenticates a decision among sidecars with the same peppers: SipHash-2-4-128 of its id, keyed with the hash of all other metadata. A
/// prepared answer that serves many requests therefore needs one hash of 32 bytes per request.
/// </summary>
/// <param name="Key">Hash of the metadata without the id.</param>
/// <param name="Source">The keys in use when the MAC was made, compared by reference.</param>
internal readonly record struct DecisionMac(SipKey Key, object? Source)
{
    /// <summary>Field of the metadata that holds the MAC.</summary>
    public const string Field = "mac";

    /// <summary>Length of the text: lower-case hexadecimal digits.</summary>
    public const int Length = 2 * SipHash.Length;

    private const int LongestOnStack = 512;

    public static DecisionMac Of(DecisionFacts facts, SipKey key, object source)
    {
        ReadOnlySpan<string> parts =
        [
            facts.Decision,
            facts.Reason,
            facts.KeyId,
            facts.Subject,
            facts.Mode,
            facts.Policy,
            facts.Socket,
            facts.Usage,
            facts.KeyLine,
            facts.Parallel,
        ];

        // Left out where it is empty, so that sidecars without this field accept the MAC during an upgrade.
        parts = facts.Parallel.Length > 0 ? parts : parts[..^1];
        var length = 0;
        foreach (var part in parts)
        {
            length += sizeof(int) + Encoding.UTF8.GetByteCount(part);
        }

        var rented = length > LongestOnStack ? ArrayPool<byte>.Shared.Rent(length) : null;
        var bytes = rented ?? stackalloc byte[LongestOnStack];
        var end = 0;
        foreach (var part in parts)
        {
            var written = Encoding.UTF8.GetBytes(part, bytes[(end + sizeof(int))..]);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[end..], written);
            end += sizeof(int) + written;
        }

        Span<byte> hash = stackalloc byte[SipHash.Length];
        SipHash.Hash(key, bytes[..end], hash);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return new(SipKey.From(hash), source);
    }

    /// <param name="id">The decision's id in ASCII.</param>
    /// <param name="destination">Receives <see cref="Length"/> bytes of ASCII.</param>
    public void Write(ReadOnlySpan<byte> id, Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[SipHash.Length];
        SipHash.Hash(Key, id, hash);
        Convert.TryToHexStringLower(hash, destination, out _);
    }

    public string Text(string id)
    {
        Span<byte> text = stackalloc byte[Length];
        Write(Encoding.UTF8.GetBytes(id), text);
        return Encoding.ASCII.GetString(text);
    }
}
