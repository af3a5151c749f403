using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using AuthSidecar.Platform.Hashing;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace AuthSidecar.Administration.Web;

/// <summary>
/// Encrypts the ring of data protection in the store: AES-256-GCM under a key derived (HKDF-SHA256) from the first pepper; format: nonce,
/// tag, ciphertext.
/// </summary>
internal sealed class RingEncryptor(KeyHasher peppers) : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var box = new byte[RingDecryptor.NonceBytes + RingDecryptor.TagBytes + plain.Length];
        var nonce = box.AsSpan(0, RingDecryptor.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(RingDecryptor.Secrets(peppers)[0], RingDecryptor.TagBytes);
        aes.Encrypt(
            nonce,
            plain,
            box.AsSpan(RingDecryptor.NonceBytes + RingDecryptor.TagBytes),
            box.AsSpan(RingDecryptor.NonceBytes, RingDecryptor.TagBytes)
        );
        CryptographicOperations.ZeroMemory(plain);
        return new(new XElement("sealed", Convert.ToBase64String(box)), typeof(RingDecryptor));
    }
}

/// <summary>Opens what <see cref="RingEncryptor"/> sealed, under any of the peppers. Data protection creates it by its name.</summary>
internal sealed class RingDecryptor(IServiceProvider services) : IXmlDecryptor
{
    internal const int NonceBytes = 12;
    internal const int TagBytes = 16;

    /// <exception cref="CryptographicException">Sealed under a pepper that is gone: the key is of no use.</exception>
    public XElement Decrypt(XElement encryptedElement)
    {
        var box = Convert.FromBase64String(encryptedElement.Value);
        if (box.Length <= NonceBytes + TagBytes)
        {
            throw new CryptographicException("The sealed key is too short.");
        }

        var plain = new byte[box.Length - NonceBytes - TagBytes];
        foreach (var secret in Secrets(services.GetRequiredService<KeyHasher>()))
        {
            try
            {
                using var aes = new AesGcm(secret, TagBytes);
                aes.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes + TagBytes), box.AsSpan(NonceBytes, TagBytes), plain);
                return XElement.Parse(Encoding.UTF8.GetString(plain));
            }
            catch (AuthenticationTagMismatchException)
            {
                // Encrypted under another pepper; try the next.
            }
        }

        throw new CryptographicException("No pepper opens the key.");
    }

    internal static IReadOnlyList<byte[]> Secrets(KeyHasher peppers) => peppers.Derive("authsidecar data protection v1"u8);
}
