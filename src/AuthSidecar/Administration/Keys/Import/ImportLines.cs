using System.Security.Cryptography;
using System.Text.Json;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys.Import;

/// <summary>Parses the lines of an export. Every invalid line is reported with its number.</summary>
internal static class ImportLines
{
    private const int IdLength = 12;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static Task<(List<ImportedKey> Keys, List<string> Errors)> ReadAsync(
        TextReader file,
        ImportFormat format,
        DateTimeOffset now,
        CancellationToken cancellationToken
    ) => JsonLines.ReadAsync(file, (line, number) => Read(line, number, format, now), key => key.Id, "key", cancellationToken);

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
            ImportFormat.Litellm => Litellm(reader, number, now),
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
        return new(number, id, KeyFormat.Coder, line.Sha256("hashed_secret"), line.Owner("user_id"))
        {
            Scopes = scopes.Any(scope => scope is "all" or "coder:all") ? ["full"] : scopes,
            ExpiresAt = line.Time("expires_at"),
        };
    }

    // https://github.com/BerriAI/litellm, table LiteLLM_VerificationToken.
    private static ImportedKey Litellm(LineReader line, int number, DateTimeOffset now)
    {
        var hash = line.Sha256("token");
        var models = line.Texts("models", Rules.Models);
        var name = line.Text("key_alias");
        if (name is not null && Rules.Name("key_alias", name) is { } error)
        {
            line.Fail<string>("key_alias", $"cannot be a key's name: {error}");
        }

        return new(number, IdOf(hash), KeyFormat.Litellm, hash, line.Owner("user_id"))
        {
            Name = name,
            Models = models.Contains("all-proxy-models") ? [] : models,
            ExpiresAt = line.Time("expires"),
            RevokedAt = line.Flag("blocked") ? now : null,
            BudgetMicros = line.Micros("max_budget"),
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
