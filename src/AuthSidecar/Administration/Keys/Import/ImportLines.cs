using System.Security.Cryptography;
using System.Text.Json;
using AuthSidecar.Access.Authorization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys.Import;

/// <summary>Parses the lines of an export. Every invalid line is reported with its number.</summary>
internal static class ImportLines
{
    private const int IdLength = 12;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static async Task<(List<ImportedKey> Keys, List<string> Errors)> ReadAsync(
        TextReader file,
        ImportFormat format,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var (keys, errors) = await JsonLines.ReadAsync(
            file,
            (line, number) => Read(line, number, format, now),
            key => key.Id,
            "key",
            cancellationToken
        );
        errors.AddRange(
            keys.GroupBy(key => Convert.ToHexString(key.Hash))
                .SelectMany(same => same.Skip(1).Select(key => SameSecret(key, $"that of line {same.First().Line}")))
        );
        return (keys, errors);
    }

    /// <summary>Error of a key whose secret another key has; only coder's keys have an id beside it.</summary>
    public static string SameSecret(ImportedKey key, string other) =>
        $"line {key.Line}: hashed_secret is {other}; two keys with one secret cannot be told apart, so revoke one and import the other";

    private static (ImportedKey? Key, IReadOnlyList<string> Errors) Read(
        JsonElement line,
        int number,
        ImportFormat format,
        DateTimeOffset now
    )
    {
        var reader = new LineReader(line);
        var key = format switch
        {
            ImportFormat.Coder => Coder(reader, number),
            ImportFormat.Litellm => LitellmLine.Read(reader, number, now, hash => IdOf(hash)),
            _ => Legacy(reader, number),
        };
        return (key, reader.Errors);
    }

    // https://github.com/coder/coder, table api_keys. An empty list of scopes means all.
    private static ImportedKey Coder(LineReader line, int number)
    {
        var id = line.Required("id");
        if (id.Length > 0 && (id.Length != TokenFamilies.CoderIdLength || !id.All(char.IsAsciiLetterOrDigit)))
        {
            line.Fail<string>("id", $"is not {TokenFamilies.CoderIdLength} letters and digits");
        }

        var scopes = line.Texts("scopes", Rules.Scopes);
        if (!line.Has("scopes") && line.Text("scope") is { } scope)
        {
            // Older versions have one scope.
            scopes = Rules.Scopes([scope]) is { } error ? line.Fail<string[]>("scope", error) ?? [] : [scope];
        }

        if (scopes.Contains(AccessRules.ManageScope))
        {
            line.Fail<string>("scopes", $"has {AccessRules.ManageScope}, which opens the management API here; remove it");
        }

        if (line.Filled().Contains("allow_list") && !IsEverything(line.Texts("allow_list", _ => null)))
        {
            line.Fail<string>("allow_list", "narrows the key, and is not imported; remove it if the key may do without");
        }

        return new(number, id, KeyFormat.Coder, line.Sha256("hashed_secret"), line.Owner("user_id"))
        {
            Scopes = scopes.Any(scope => scope is "all" or "coder:all") ? ["full"] : scopes,
            ExpiresAt = line.Time("expires_at"),
        };
    }

    private static ImportedKey Legacy(LineReader line, int number)
    {
        var hash = line.Sha256("token_hash");
        return new(number, IdOf(hash), KeyFormat.Pk, hash, line.Owner("user"))
        {
            ExpiresAt = line.Time("expires_at"),
            RevokedAt = line.Time("revoked_at"),
            LastUsedAt = line.Time("last_used_at"),
        };
    }

    private static bool IsEverything(IReadOnlyList<string> allowed) => allowed.Contains("*:*");

    // Deterministic, so that a second import of a key is detected, also after its hash was rewritten.
    private static string IdOf(ReadOnlySpan<byte> hash)
    {
        var digest = SHA256.HashData(hash);
        return string.Create(IdLength, digest, (id, bytes) =>
        {
            var number = new System.Numerics.BigInteger(bytes, isUnsigned: true);
            for (var index = 0; index < id.Length; index++)
            {
                number = System.Numerics.BigInteger.DivRem(number, Alphabet.Length, out var digit);
                id[index] = Alphabet[(int)digit];
            }
        });
    }
}
