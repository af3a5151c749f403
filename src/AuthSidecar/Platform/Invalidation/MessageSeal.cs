using System.Buffers.Text;
using System.Security.Cryptography;
using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>Result of verifying the MAC of a message.</summary>
internal enum SealState
{
    /// <summary>Made by a replica with one of our peppers.</summary>
    Valid,

    /// <summary>No MAC, as in messages of older versions.</summary>
    Missing,

    /// <summary>Made with none of our peppers.</summary>
    Wrong,
}

/// <summary>
/// HMAC-SHA256 over a message, under a key derived (HKDF-SHA256) from the first pepper; each pepper is tried at verification. It is the
/// last member of the message's JSON object, <c>,"mac":"BASE64URL"}</c>, which older versions skip, and covers all bytes before it.
/// </summary>
internal sealed class MessageSeal(KeyHasher peppers)
{
    private const int End = 2;
    private static readonly int _encoded = Base64Url.GetEncodedLength(HMACSHA256.HashSizeInBytes);
    private volatile Keys? _keys;

    private static ReadOnlySpan<byte> Start => ",\"mac\":\""u8;

    /// <param name="message">A JSON object with at least one member.</param>
    public byte[] Seal(ReadOnlySpan<byte> message)
    {
        var covered = message[..^1];
        var sealedMessage = new byte[covered.Length + Start.Length + _encoded + End];
        covered.CopyTo(sealedMessage);
        Start.CopyTo(sealedMessage.AsSpan(covered.Length));
        Base64Url.EncodeToUtf8(HMACSHA256.HashData(Current()[0], covered), sealedMessage.AsSpan(covered.Length + Start.Length));
        "\"}"u8.CopyTo(sealedMessage.AsSpan(^End));
        return sealedMessage;
    }

    public SealState Verify(ReadOnlySpan<byte> message)
    {
        var length = message.Length - Start.Length - _encoded - End;
        if (length <= 0 || !message[length..].StartsWith(Start) || !message.EndsWith("\"}"u8))
        {
            return SealState.Missing;
        }

        Span<byte> made = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var text = message.Slice(length + Start.Length, _encoded);
        if (!Base64Url.IsValid(text, out var bytes) || bytes != made.Length)
        {
            return SealState.Wrong;
        }

        Span<byte> right = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Base64Url.DecodeFromUtf8(text, made);
        foreach (var key in Current())
        {
            HMACSHA256.HashData(key, message[..length], right);
            if (CryptographicOperations.FixedTimeEquals(made, right))
            {
                return SealState.Valid;
            }
        }

        return SealState.Wrong;
    }

    private IReadOnlyList<byte[]> Current()
    {
        var keys = _keys;
        if (keys is null || !ReferenceEquals(keys.Peppers, peppers.Generation))
        {
            // The generation is read first: the next message then detects a change of peppers in between.
            _keys = keys = new(peppers.Generation, peppers.Derive("authsidecar change message v1"u8));
        }

        return keys.Derived;
    }

    private sealed record Keys(object Peppers, IReadOnlyList<byte[]> Derived);
}
