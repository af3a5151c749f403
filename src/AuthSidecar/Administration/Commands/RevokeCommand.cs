using System.CommandLine;
using System.Text.Json;
using AuthSidecar.Administration.Keys;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>keys revoke</c>: one key, or those that a restored backup has revived.</summary>
internal static class RevokeCommand
{
    private const string Action = "key.revoked";

    public static Command Build(StoreCommands commands, Action<CommandContext, Platform.Storage.ApiKey> print)
    {
        var id = KeyArgument.Id();
        id.Arity = ArgumentArity.ZeroOrOne;
        var since = OptionWithValue.Since(
            "--since",
            "After a restore: keys that may have been revoked since the backup of this time; with --audit or --all.",
            commands.Time
        );
        var audit = new Option<string?>("--audit")
        {
            Description = "With --since: keys that this file has as revoked, printed by audit --json before the restore.",
            HelpName = "FILE",
        };
        var all = new Option<bool>("--all") { Description = "With --since: every key in force that is as old as the backup." };
        var command = new Command("revoke", "Revoke a key, or those revived by a restore, immediately and permanently.")
        {
            id,
            since,
            audit,
            all,
        };
        command.Validators.Add(result =>
        {
            var isSince = result.GetResult(since) is not null;
            if (isSince == result.GetResult(id) is { Tokens.Count: > 0 })
            {
                result.AddError("Name one key, or the time of a backup with --since.");
            }
            else if (isSince == (result.GetResult(audit) is null == !result.GetValue(all)))
            {
                result.AddError("--since goes with one of --audit and --all, and they with it.");
            }
        });
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var revoke = new RevokeKey(context.Store, context.Time);
            if (context.Arguments.GetValue(since) is { } backup)
            {
                var keys = context.Arguments.GetValue(audit) is { } file
                    ? await RecordedAsync(context, file, backup, cancellationToken)
                    : await OlderAsync(context, backup, cancellationToken);
                await RevokeAllAsync(context, keys, cancellationToken);
                return;
            }

            var wanted = await KeyArgument.IdOfAsync(context, context.Arguments.GetRequiredValue(id), cancellationToken);
            print(context, (await revoke.RunAsync(wanted, cancellationToken)).OrFail());
        });
    }

    private static async Task RevokeAllAsync(CommandContext context, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var revoke = new RevokeKey(context.Store, context.Time);
        foreach (var id in ids)
        {
            _ = (await revoke.RunAsync(id, cancellationToken)).OrFail();
        }

        context.Output.Write(new { Revoked = ids.Count, Items = ids }, writer => writer.WriteLine($"Revoked {ids.Count} keys."));
    }

    private static async Task<IReadOnlyList<string>> OlderAsync(
        CommandContext context,
        DateTimeOffset backup,
        CancellationToken cancellationToken
    ) => [.. (await InForceAsync(context, cancellationToken)).Where(key => key.CreatedAt <= backup).Select(key => key.Id)];

    private static async Task<IReadOnlyList<string>> RecordedAsync(
        CommandContext context,
        string file,
        DateTimeOffset backup,
        CancellationToken cancellationToken
    )
    {
        using var reader = LinesFile.Open(file);
        var recorded = RecordedIn(await reader.ReadToEndAsync(cancellationToken), backup);
        return [.. (await InForceAsync(context, cancellationToken)).Where(key => recorded.Contains(key.Id)).Select(key => key.Id)];
    }

    private static HashSet<string> RecordedIn(string text, DateTimeOffset backup)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return
            [
                .. document
                    .RootElement.GetProperty("items")
                    .EnumerateArray()
                    .Where(item => item.GetProperty("action").GetString() == Action && item.GetProperty("at").GetDateTimeOffset() >= backup)
                    .Select(item => item.GetProperty("targetId").GetString()!),
            ];
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new CommandFailure(
                ExitCode.Refused,
                "invalid_audit",
                $"The file is not what audit --action {Action} --json prints; nothing was revoked."
            );
        }
    }

    private static async Task<IEnumerable<Platform.Storage.ApiKey>> InForceAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var now = context.Time.GetUtcNow();
        var keys = (await new ListKeys(context.Store, context.Time).RunAsync(new KeyFilter(), cancellationToken)).OrFail().Items;
        return keys.Where(key => KeyStatuses.Of(key, now) is KeyStatus.Active or KeyStatus.Expiring);
    }
}
