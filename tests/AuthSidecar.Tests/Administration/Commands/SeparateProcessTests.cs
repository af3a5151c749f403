using System.Text.Json;
using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Tests.Access.Authentication;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using Microsoft.Data.Sqlite;

namespace AuthSidecar.Tests.Administration.Commands;

/// <summary>Guarantees between processes, tested with real processes.</summary>
public class SeparateProcessTests
{
    [Fact]
    public async Task ManyStartAtOnceOnNothing_ShareOneStoreAndOnePepper()
    {
        using var directory = new TemporaryDirectory();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RunAsync(directory.Path, "migrate")));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(user => RunAsync(directory.Path, "users", "create", $"user{user}")));

        var tokens = await Task.WhenAll(
            Enumerable
                .Range(0, 3)
                .Select(async user =>
                    (await RunAsync(directory.Path, "keys", "create", "--user", $"user{user}")).GetProperty("token").GetString()!
                )
        );

        var hasher = new KeyHasher([new Secret(await File.ReadAllTextAsync(directory["pepper"]))]);
        Assert.All(tokens, token =>
            Assert.Equal(HashMatch.Current, hasher.Compare(token, StoredHash(directory["authsidecar.db"], KeyToken.IdOf(token))))
        );
    }

    [Fact]
    public async Task KeyIsRevokedByAnotherProcess_IsRefusedWithinASecond()
    {
        await using var fixture = await KeyFixture.StartInRealTimeAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);

        await RunAsync(fixture.Settings.DataDirectory, "keys", "revoke", key.Key.Id);
        var deadline = TimeProvider.System.GetTimestamp() + TimeProvider.System.TimestampFrequency;
        AuthenticationResult result;
        do
        {
            result = await fixture.AuthenticateAsync(key.Token);
        } while (result.Identity is not null && TimeProvider.System.GetTimestamp() < deadline);

        Assert.Equal((null, AuthenticationFailure.RevokedKey), (result.Identity, result.Failure));
    }

    private static async Task<JsonElement> RunAsync(string dataDirectory, params string[] words)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "authsidecar.dll");
        var (exitCode, output) = await Task.Run(() =>
            Programs.Run("dotnet", ["exec", program, .. words, "--json", $"--DataDirectory={dataDirectory}"], dataDirectory)
        );
        Assert.True(exitCode == 0, output);
        using var document = JsonDocument.Parse(output.Split('\n')[0]);
        return document.RootElement.Clone();
    }

    private static byte[] StoredHash(string database, string id)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT Hash FROM ApiKeys WHERE Id = @id";
        command.Parameters.AddWithValue("@id", id);
        return (byte[])command.ExecuteScalar()!;
    }
}
