using System.Data.Common;
using AuthSidecar.IntegrationTests.Servers;
using AuthSidecar.Keys;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Benchmarks;

/// <summary>Stores very many keys in one transaction, as the commands would one by one.</summary>
internal static class BulkKeys
{
    private const string Insert = """
        INSERT INTO ApiKeys (Id, Hash, UserId, Scopes, Models, Subject, CreatedAt)
        SELECT $id, $hash, Id, $scopes, '', 'account', CreatedAt FROM Users WHERE Name = $user
        """;

    public static async Task<string[]> MakeAsync(SidecarHome home, int count)
    {
        await using var desk = await KeyDesk.OpenAsync(home);
        await desk.AddUserAsync(Lab.User);
        await using var context = desk.Store.Open();
        await context.Database.OpenConnectionAsync();
        await using var transaction = await context.Database.GetDbConnection().BeginTransactionAsync();
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = Insert;
        var (id, hash) = (Add(command, "$id"), Add(command, "$hash"));
        Add(command, "$scopes").Value = Lab.Scope;
        Add(command, "$user").Value = Lab.User;
        var tokens = new string[count];
        for (var i = 0; i < count; i++)
        {
            tokens[i] = KeyToken.Generate(TokenFamily.Ask);
            id.Value = KeyToken.IdOf(tokens[i]);
            hash.Value = desk.Hasher.Hash(tokens[i]).ToArray();
            await command.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();
        return tokens;
    }

    private static DbParameter Add(DbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
        return parameter;
    }
}
