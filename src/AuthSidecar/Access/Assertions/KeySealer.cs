using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Access.Assertions;

/// <summary>
/// Encrypts the private keys in the store: AES-256-GCM under a key derived (HKDF-SHA256) from the first pepper; format: nonce, tag,
/// ciphertext; the row's period and key id are associated data.
/// </summary>
internal sealed class KeySealer(KeyHasher peppers)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public byte[] Seal(long period, string keyId, ReadOnlySpan<byte> key)
    {
        var sealedKey = new byte[NonceBytes + TagBytes + key.Length];
        var nonce = sealedKey.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(Secrets()[0], TagBytes);
        aes.Encrypt(nonce, key, sealedKey.AsSpan(NonceBytes + TagBytes), sealedKey.AsSpan(NonceBytes, TagBytes), Row(period, keyId));
        return sealedKey;
    }

    /// <returns>The key (PKCS #8); null when no pepper decrypts it.</returns>
    public byte[]? Open(AssertionKey row)
    {
        if (row.Sealed.Length <= NonceBytes + TagBytes)
        {
            return null;
        }

        var key = new byte[row.Sealed.Length - NonceBytes - TagBytes];
        foreach (var secret in Secrets())
        {
            try
            {
                using var aes = new AesGcm(secret, TagBytes);
                aes.Decrypt(
                    row.Sealed.AsSpan(0, NonceBytes),
                    row.Sealed.AsSpan(NonceBytes + TagBytes),
                    row.Sealed.AsSpan(NonceBytes, TagBytes),
                    key,
                    Row(row.Period, row.KeyId)
                );
                return key;
            }
            catch (AuthenticationTagMismatchException)
            {
                // Encrypted under another pepper; try the next.
            }
        }

        return null;
    }

    private IReadOnlyList<byte[]> Secrets() => peppers.Derive("authsidecar assertion key v1"u8);

    private static byte[] Row(long period, string keyId)
    {
        var row = new byte[sizeof(long) + Encoding.UTF8.GetByteCount(keyId)];
        BinaryPrimitives.WriteInt64BigEndian(row, period);
        Encoding.UTF8.GetBytes(keyId, row.AsSpan(sizeof(long)));
        return row;
    }
}
