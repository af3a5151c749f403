using System.CommandLine;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Keys.Import;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>keys …</c></summary>
internal static class KeyCommands
{
    public static Command Build(StoreCommands commands) =>
        new("keys", "Create, list, revoke, rotate and import API keys.")
        {
            Create(commands),
            List(commands),
            Show(commands),
            Update(commands),
            RevokeCommand.Build(commands, Print),
            Rotate(commands),
            Import(commands),
        };

    private static Command Create(StoreCommands commands)
    {
        var user = new Option<string>("--user")
        {
            Description = "Name or id of the owner.",
            HelpName = "U",
            Required = true,
        };
        var name = new Option<string?>("--name") { Description = "Name or purpose of the key.", HelpName = "N" };
        var scopes = new Option<string[]>("--scope") { Description = "A scope of the key; repeatable. Default: full.", HelpName = "S" };
        var models = new Option<string[]>("--model")
        {
            Description = "Glob of allowed models, with limits as in 'gpt-5*:tokens=50000/60s,permits=10/60s'; repeatable. Default: all.",
            HelpName = "GLOB",
        };
        var tenant = new Option<string?>("--tenant") { Description = "Tenant that the key is bound to.", HelpName = "T" };
        var subject = new Option<string>("--subject") { Description = "Subject type.", DefaultValueFactory = _ => "account" };
        var expires = OptionWithValue.Time("--expires", "Expiry; a time in the past creates an expired key.", commands.Time);
        var limits = new KeyLimitArguments();
        var force = new Option<bool>("--force")
        {
            Description = "Create a key that cannot authenticate: expired, or of a user who may not.",
        };
        subject.AcceptOnlyFromAmong("account", "service");
        var command = new Command("create", "Create a key and print its token, only this once.")
        {
            user,
            name,
            scopes,
            models,
            tenant,
            subject,
            expires,
        };
        limits.AddTo(command);
        command.Add(force);
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var arguments = context.Arguments;
            var wanted = new NewKey(arguments.GetRequiredValue(user))
            {
                Name = arguments.GetValue(name),
                Scopes = arguments.GetValue(scopes) ?? [],
                Models = arguments.GetValue(models) ?? [],
                Tenant = arguments.GetValue(tenant),
                Subject = arguments.GetValue(subject) == "service" ? SubjectType.Service : SubjectType.Account,
                ExpiresAt = arguments.GetValue(expires),
                Limit = limits.LimitOf(arguments),
                TokenLimit = limits.TokenLimitOf(arguments),
                Parallel = limits.ParallelOf(arguments),
            };
            var createKey = new CreateKey(context.Store, await context.ReadHasherAsync(cancellationToken), context.Time);
            var isForced = arguments.GetValue(force);
            var issued = await createKey.RunAsync(
                wanted,
                async (stored, owner) =>
                    await NewKeyRules.TenantAsync(stored, wanted, cancellationToken)
                    ?? (isForced ? null : NewKeyRules.Dead(wanted, owner, context.Time.GetUtcNow())),
                cancellationToken
            );
            Print(context, issued.OrFail());
            NewKeyRules.Warnings(issued.Value.Key).ForEach(context.Warn);
        });
    }

    private static Command List(StoreCommands commands)
    {
        var user = new Option<string?>("--user") { Description = "Only keys of this owner, by name or id.", HelpName = "U" };
        var tenant = new Option<string?>("--tenant") { Description = "Only keys that are bound to this tenant.", HelpName = "T" };
        var status = new Option<string?>("--status")
        {
            Description = $"Only keys of this status; expiring: within {KeyStatuses.Soon.TotalDays} days.",
        };
        var expiring = OptionWithValue.Span("--expiring", "Only keys in force that expire within this time.");
        var query = new Option<string?>("--query") { Description = "Only keys with this text in the name or id.", HelpName = "TEXT" };
        var pepper = new Option<bool>("--pepper")
        {
            Description = "Show the pepper of each key's hash: its place in Auth:Peppers, imported, unknown, or removed.",
        };
        status.AcceptOnlyFromAmong([.. KeyStatuses.Names]);
        return commands.Runs(
            new("list", "List keys, the oldest first.") { user, tenant, status, expiring, query, pepper },
            async (context, cancellationToken) =>
            {
                var arguments = context.Arguments;
                var filter = new KeyFilter
                {
                    User = arguments.GetValue(user),
                    Tenant = arguments.GetValue(tenant),
                    Status = arguments.GetValue(status) is { } name ? Enum.Parse<KeyStatus>(name, ignoreCase: true) : null,
                    Expiring = arguments.GetValue(expiring),
                    Query = arguments.GetValue(query),
                };
                var keys = (await new ListKeys(context.Store, context.Time).RunAsync(filter, cancellationToken)).OrFail().Items;
                var now = context.Time.GetUtcNow();
                var names = arguments.GetValue(pepper)
                    ? new PepperNames((await context.ReadHasherAsync(cancellationToken)).PepperIds)
                    : null;
                context.Output.WriteList(
                    keys.Select(key => KeyDocument.Of(key, now) with { Pepper = names?.Of(key) }),
                    KeyText.List(keys, now, names)
                );
            }
        );
    }

    private static Command Show(StoreCommands commands)
    {
        var id = KeyArgument.Id();
        return commands.Runs(new("show", "Show a key.") { id }, async (context, cancellationToken) =>
        {
            var wanted = await KeyArgument.IdOfAsync(context, context.Arguments.GetRequiredValue(id), cancellationToken);
            Print(context, (await new ShowKey(context.Store).RunAsync(wanted, cancellationToken)).OrFail());
        });
    }

    private static Command Update(StoreCommands commands)
    {
        var id = KeyArgument.Id();
        var name = new Option<string?>("--name") { Description = "Name or purpose of the key.", HelpName = "N" };
        var scopes = new Option<string[]>("--scope") { Description = "A scope of the key; repeatable, replaces all.", HelpName = "S" };
        var models = new Option<string[]>("--model")
        {
            Description = "Glob of allowed models, with limits as in create; repeatable, replaces all.",
            HelpName = "GLOB",
        };
        var expires = OptionWithValue.Time("--expires", "Expiry.", commands.Time);
        var limits = new KeyLimitArguments();
        var command = new Command("update", "Change the name, rights, expiry or limits of a key.") { id, name, scopes, models, expires };
        limits.AddTo(command);
        command.Validators.Add(result =>
        {
            if (!command.Options.Any(option => result.GetResult(option) is { Implicit: false }))
            {
                result.AddError($"There is nothing to change: give one of {string.Join(", ", command.Options.Select(each => each.Name))}.");
            }
        });
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var arguments = context.Arguments;
            var changes = new KeyChanges
            {
                Name = arguments.GetValue(name) is { } text ? new Change<string?>(text) : null,
                Scopes = arguments.GetValue(scopes) is { Length: > 0 } some ? some : null,
                Models = arguments.GetValue(models) is { Length: > 0 } globs ? globs : null,
                ExpiresAt = arguments.GetValue(expires) is { } at ? new Change<DateTimeOffset?>(at) : null,
                Limit = limits.LimitOf(arguments) is { } limit ? new Change<KeyLimit?>(limit) : null,
                TokenLimit = limits.TokenLimitOf(arguments) is { } tokens ? new Change<TokenLimit?>(tokens) : null,
                Parallel = limits.ParallelOf(arguments) is { } parallel ? new Change<int?>(parallel) : null,
            };
            var wanted = await KeyArgument.IdOfAsync(context, arguments.GetRequiredValue(id), cancellationToken);
            var update = new UpdateKey(context.Store, context.Time);
            Print(context, (await update.RunAsync(wanted, changes, null, cancellationToken)).OrFail());
        });
    }

    private static Command Rotate(StoreCommands commands)
    {
        var id = KeyArgument.Id();
        var grace = OptionWithValue.Span("--grace", "Time until the old key expires. Default: 0.");
        return commands.Runs(
            new("rotate", "Replace a key by a new one with the same rights, expiry, budget and limits.") { id, grace },
            async (context, cancellationToken) =>
            {
                var rotateKey = new RotateKey(context.Store, await context.ReadHasherAsync(cancellationToken), context.Time);
                var wanted = await KeyArgument.IdOfAsync(context, context.Arguments.GetRequiredValue(id), cancellationToken);
                Print(
                    context,
                    (await rotateKey.RunAsync(wanted, context.Arguments.GetValue(grace) ?? TimeSpan.Zero, cancellationToken)).OrFail()
                );
            }
        );
    }

    private static Command Import(StoreCommands commands)
    {
        var format = new Option<string>("--format") { Description = "System that exported the file.", Required = true };
        var file = new Argument<string>("FILE") { Description = "JSON lines, one key each." };
        format.AcceptOnlyFromAmong("coder", "litellm", "legacy");
        return commands.Runs(
            new("import", "Import another gateway's hashed keys, all or none.") { format, file },
            async (context, cancellationToken) =>
            {
                using var lines = LinesFile.Open(context.Arguments.GetRequiredValue(file));
                var wanted = Enum.Parse<ImportFormat>(context.Arguments.GetRequiredValue(format), ignoreCase: true);
                if (wanted == ImportFormat.Legacy && context.Settings.Auth.LegacyPepper is null)
                {
                    context.Warn("Auth:LegacyPepper is empty; keys hashed with a pepper get 401 invalid_token until every sidecar has it");
                }

                var result = (await new ImportKeys(context.Store, context.Time).RunAsync(lines, wanted, cancellationToken)).OrFail();
                if (result.RenewedBudgets > 0)
                {
                    context.Warn(
                        $"{result.RenewedBudgets} keys have a max_budget without budget_duration; it was for all time and is monthly here"
                    );
                }

                context.Output.Write(result, writer => writer.WriteLine($"Imported {result.Imported} keys."));
            }
        );
    }

    private static void Print(CommandContext context, IssuedKey issued) =>
        context.Output.Write(KeyDocument.Of(issued, context.Time.GetUtcNow()), writer =>
            KeyText.WriteIssued(writer, issued, context.Time.GetUtcNow())
        );

    private static void Print(CommandContext context, ApiKey key) =>
        context.Output.Write(KeyDocument.Of(key, context.Time.GetUtcNow()), writer =>
            KeyText.Details(key, context.Time.GetUtcNow()).WriteTo(writer)
        );
}
