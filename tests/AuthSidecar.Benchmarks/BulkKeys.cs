using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Benchmarks;

/// <summary>Stores a large number of keys in one transaction.</summary>
internal static class BulkKeys
{
    private const int Batch = 1_000;

    public static async Task<string[]> MakeAsync(SidecarSandbox sandbox, int count)
    {
        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        await seeder.AddUserAsync(BenchmarkHarness.User);
        await using var context = seeder.Store.Open();
        var user = await context.Users.SingleAsync(user => user.Name == BenchmarkHarness.User);
        await using var transaction = await context.Database.BeginTransactionAsync();
        var tokens = new string[count];
        foreach (var batch in Enumerable.Range(0, count).Chunk(Batch))
        {
            context.ApiKeys.AddRange(
                batch.Select(number => KeyOf(tokens[number] = KeyToken.Generate(TokenFamily.Ask), seeder.Hasher, user))
            );
            await context.SaveChangesAsync();
            context.ChangeTracker.Clear();
        }

        await transaction.CommitAsync();
        return tokens;
    }

    private static ApiKey KeyOf(string token, KeyHasher hasher, User owner) =>
        new()
        {
            Id = KeyToken.IdOf(token),
            Hash = hasher.Hash(token).ToArray(),
            UserId = owner.Id,
            Scopes = BenchmarkHarness.Scope,
            CreatedAt = owner.CreatedAt,
        };
}
