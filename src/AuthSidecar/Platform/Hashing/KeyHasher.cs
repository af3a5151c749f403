using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Platform.Hashing;

/// <summary>Result of comparing a token with a stored hash.</summary>
internal enum HashMatch
{
    None,

    /// <summary>Hashed with the first pepper.</summary>
    Current,

    /// <summary>Hashed with an older pepper, or with the hash of an import; to be rewritten.</summary>
    Older,
}

/// <summary>HMAC-SHA256 of tokens under the peppers, and the hashes of imports. The only class that compares keys.</summary>
internal sealed class KeyHasher
{
    private const int IdBytes = 6;

    [ThreadStatic]
    private static (byte[]? Pepper, IncrementalHash? Hmac) _reused;

    private volatile byte[][] _peppers;
    private volatile byte[] _legacyPepper;
    private volatile string[] _ids;

    /// <param name="peppers">The first hashes new keys; all are tried.</param>
    /// <param name="legacyPepper">Pepper of the system that issued the <c>pk_</c> keys.</param>
    public KeyHasher(IReadOnlyCollection<Secret> peppers, Secret? legacyPepper = null) =>
        (_peppers, _legacyPepper, _ids) = (Bytes(peppers), Bytes(legacyPepper), Ids(Bytes(peppers)));

    /// <summary>A new object after each replacement of the peppers.</summary>
    public object Generation => _peppers;

    /// <summary>Replaces the peppers. Hashes of a removed pepper no longer match.</summary>
    /// <param name="peppers">Empty: the peppers stay, such as the generated one of the data directory.</param>
    /// <param name="legacyPepper">As for the constructor.</param>
    public void Use(IReadOnlyCollection<Secret> peppers, Secret? legacyPepper = null)
    {
        _peppers = peppers.Count > 0 ? Bytes(peppers) : _peppers;
        _legacyPepper = Bytes(legacyPepper);
        _ids = Ids(_peppers);
    }

    /// <summary>Names of the peppers, the current one first: 12 hexadecimal digits, which say nothing of a pepper.</summary>
    public IReadOnlyList<string> PepperIds => _ids;

    /// <summary>Name of the pepper that hashes new keys.</summary>
    public string PepperId => _ids[0];

    /// <param name="token">ASCII, of at most <see cref="TokenFamilies.Longest"/> characters.</param>
    public TokenHash Hash(ReadOnlySpan<char> token)
    {
        Span<byte> ascii = stackalloc byte[TokenFamilies.Longest];
        Span<byte> hash = stackalloc byte[TokenHash.Length];
        var hmac = Current();
        hmac.AppendData(ascii[..Encoding.ASCII.GetBytes(token, ascii)]);
        hmac.GetHashAndReset(hash);
        return TokenHash.From(hash);
    }

    public HashMatch Compare(ReadOnlySpan<char> token, ReadOnlySpan<byte> stored)
    {
        Span<byte> hash = stackalloc byte[TokenHash.Length];
        var peppers = _peppers;
        for (var index = 0; index < peppers.Length; index++)
        {
            Hash(peppers[index], token, hash);
            if (CryptographicOperations.FixedTimeEquals(hash, stored))
            {
                return index == 0 ? HashMatch.Current : HashMatch.Older;
            }
        }

        return HashMatch.None;
    }

    /// <summary>Independent keys for another purpose: 32 bytes for each pepper, in order (HKDF-SHA256).</summary>
    public IReadOnlyList<byte[]> Derive(ReadOnlySpan<byte> purpose)
    {
        var keys = new List<byte[]>();
        foreach (var pepper in _peppers)
        {
            var key = new byte[TokenHash.Length];
            HKDF.DeriveKey(HashAlgorithmName.SHA256, pepper, key, [], purpose);
            keys.Add(key);
        }

        return keys;
    }

    /// <summary>Compares with an imported hash.</summary>
    public HashMatch CompareImported(KeyFormat format, string token, ReadOnlySpan<byte> stored) =>
        CryptographicOperations.FixedTimeEquals(ImportedHash(format, token), stored) ? HashMatch.Older : HashMatch.None;

    /// <summary>All hashes under which a token without an id may be stored, the current one first.</summary>
    public IReadOnlyList<byte[]> Candidates(KeyFormat format, string token) => [.. Candidates(token), ImportedHash(format, token)];

    /// <summary>Hashes of a token under all peppers, the current one first.</summary>
    /// <param name="token">ASCII, of at most <see cref="TokenFamilies.Longest"/> characters.</param>
    public IReadOnlyList<byte[]> Candidates(string token) =>
        [
            .. _peppers.Select(pepper =>
            {
                var hash = new byte[TokenHash.Length];
                Hash(pepper, token, hash);
                return hash;
            }),
        ];

    private byte[] ImportedHash(KeyFormat format, string token) =>
        format switch
        {
            KeyFormat.Pk => SHA256.HashData([.. _legacyPepper, .. Encoding.ASCII.GetBytes(token)]),
            KeyFormat.Litellm => SHA256.HashData(Encoding.ASCII.GetBytes(token)),
            KeyFormat.Coder => SHA256.HashData(Encoding.ASCII.GetBytes(token[(TokenFamilies.CoderIdLength + 1)..])),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Keys of this format are not imported."),
        };

    // Every request hashes once with the first pepper; a keyed instance for each thread costs less than half of keying a new one.
    private IncrementalHash Current()
    {
        var pepper = _peppers[0];
        if (_reused.Pepper != pepper)
        {
            _reused.Hmac?.Dispose();
            _reused = (pepper, IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, pepper));
        }

        return _reused.Hmac!;
    }

    private static string[] Ids(byte[][] peppers) =>
        [
            .. peppers.Select(pepper =>
                Convert.ToHexStringLower(
                    HKDF.DeriveKey(HashAlgorithmName.SHA256, pepper, IdBytes, info: "authsidecar pepper id"u8.ToArray())
                )
            ),
        ];

    private static byte[][] Bytes(IReadOnlyCollection<Secret> peppers)
    {
        ArgumentOutOfRangeException.ThrowIfZero(peppers.Count);
        return [.. peppers.Select(pepper => Bytes(pepper))];
    }

    private static byte[] Bytes(Secret? pepper) => pepper is null ? [] : Encoding.UTF8.GetBytes(pepper.Reveal());

    private static void Hash(ReadOnlySpan<byte> pepper, ReadOnlySpan<char> token, Span<byte> destination)
    {
        Span<byte> ascii = stackalloc byte[TokenFamilies.Longest];
        var length = Encoding.ASCII.GetBytes(token, ascii);
        HMACSHA256.HashData(pepper, ascii[..length], destination);
    }
}
