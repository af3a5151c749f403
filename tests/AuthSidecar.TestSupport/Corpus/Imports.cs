using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AuthSidecar.Administration.Keys.Import;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>Imports keys of other gateways through the command's use case, from a line of their export.</summary>
internal static class Imports
{
    public static async Task<IssuedToken> RunAsync(IServiceProvider services, KeyText key, IReadOnlyDictionary<string, string> users)
    {
        // The pepper of settings.json.
        var legacyPepper = CorpusFiles.Settings("main")["Auth"]!["LegacyPepper"]!.GetValue<string>();
        var user = users[key.User];
        object line = key.Kind switch
        {
            "coder" => new
            {
                id = key.Token[..10],
                hashed_secret = Sha256(key.Token[11..]),
                user_id = user,
                expires_at = key.Expires,
                scopes = key.Scopes,
            },
            "litellm" => new
            {
                token = Sha256(key.Token),
                user_id = user,
                expires = key.Expires,
                blocked = key.Revoked,
            },
            _ => new
            {
                token_hash = Sha256(legacyPepper + key.Token),
                user,
                expires_at = key.Expires,
                revoked_at = key.Revoked ? "2026-01-01T00:00:00Z" : null,
            },
        };
        using var file = new StringReader(JsonSerializer.Serialize(line));
        var format = Enum.Parse<ImportFormat>(key.Kind, ignoreCase: true);
        _ = (await ActivatorUtilities.CreateInstance<ImportKeys>(services).RunAsync(file, format, default)).Value;

        var hash = Convert.FromHexString(
            Sha256(
                key.Kind switch
                {
                    "coder" => key.Token[11..],
                    "litellm" => key.Token,
                    _ => legacyPepper + key.Token,
                }
            )
        );
        await using var context = services.GetRequiredService<Store>().Open();
        return new(await context.ApiKeys.Where(row => row.Hash == hash).Select(row => row.Id).SingleAsync(), key.Token);
    }

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
}
