using System.CommandLine;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Keys.Import;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>keys …</c></summary>
internal static class KeyCommands
{
    public static Command Build(StoreCommands commands) =>
        new("keys", "Make, list, revoke, rotate and import API keys.")
        {
            Create(commands),
            List(commands),
            Show(commands),
            Revoke(commands),
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
        var name = new Option<string?>("--name") { Description = "What the key is for.", HelpName = "N" };
        var scopes = new Option<string[]>("--scope") { Description = "A scope it has; repeatable. None: full.", HelpName = "S" };
        var models = new Option<string[]>("--model")
        {
            Description = "Glob of models it may use; repeatable. None: all.",
            HelpName = "GLOB",
        };
        var tenant = new Option<string?>("--tenant") { Description = "The tenant it is bound to.", HelpName = "T" };
        var subject = new Option<string>("--subject") { Description = "Who it stands for.", DefaultValueFactory = _ => "account" };
        var expires = OptionWithValue.Time("--expires", "When it ends; one in the past makes an expired key.", commands.Time);
        var permits = OptionWithValue.Count("--permits", "Requests in each window, instead of the route's limit; 0: no limit.");
        var window = OptionWithValue.Span("--window", "The window of --permits.");
        subject.AcceptOnlyFromAmong("account", "service");
        var command = new Command("create", "Make a key and print its token, this once.")
        {
            user,
            name,
            scopes,
            models,
            tenant,
            subject,
            expires,
            permits,
            window,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(permits) is null != result.GetResult(window) is null)
            {
                result.AddError("--permits and --window go together.");
            }
        });
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var words = context.Words;
            var wanted = new NewKey(words.GetRequiredValue(user))
            {
                Name = words.GetValue(name),
                Scopes = words.GetValue(scopes) ?? [],
                Models = words.GetValue(models) ?? [],
                Tenant = words.GetValue(tenant),
                Subject = words.GetValue(subject) == "service" ? SubjectType.Service : SubjectType.Account,
                ExpiresAt = words.GetValue(expires),
                Limit = words.GetValue(permits) is { } count && words.GetValue(window) is { } span ? new(count, span) : null,
            };
            var createKey = new CreateKey(context.Store, await context.ReadHasherAsync(cancellationToken), context.Time);
            Print(context, (await createKey.RunAsync(wanted, cancellationToken)).OrFail());
        });
    }

    private static Command List(StoreCommands commands)
    {
        var user = new Option<string?>("--user") { Description = "Only this owner's, by name or id.", HelpName = "U" };
        return commands.Runs(new("list", "List keys.") { user }, async (context, cancellationToken) =>
        {
            var keys = (await new ListKeys(context.Store).RunAsync(context.Words.GetValue(user), cancellationToken)).OrFail();
            context.Output.WriteList(keys.Select(KeyDocument.Of), KeyText.List(keys, context.Time.GetUtcNow()));
        });
    }

    private static Command Show(StoreCommands commands)
    {
        var id = Id();
        return commands.Runs(new("show", "Show a key.") { id }, async (context, cancellationToken) =>
            Print(context, (await new ShowKey(context.Store).RunAsync(context.Words.GetRequiredValue(id), cancellationToken)).OrFail())
        );
    }

    private static Command Revoke(StoreCommands commands)
    {
        var id = Id();
        return commands.Runs(new("revoke", "End a key at once, for good.") { id }, async (context, cancellationToken) =>
            Print(
                context,
                (await new RevokeKey(context.Store, context.Time).RunAsync(context.Words.GetRequiredValue(id), cancellationToken)).OrFail()
            )
        );
    }

    private static Command Rotate(StoreCommands commands)
    {
        var id = Id();
        var grace = OptionWithValue.Span("--grace", "How long the old key goes on working. Default: not at all.");
        return commands.Runs(
            new("rotate", "Replace a key by a new one with the same rights, expiry, budget and limit.") { id, grace },
            async (context, cancellationToken) =>
            {
                var rotateKey = new RotateKey(context.Store, await context.ReadHasherAsync(cancellationToken), context.Time);
                var wanted = context.Words.GetRequiredValue(id);
                Print(
                    context,
                    (await rotateKey.RunAsync(wanted, context.Words.GetValue(grace) ?? TimeSpan.Zero, cancellationToken)).OrFail()
                );
            }
        );
    }

    private static Command Import(StoreCommands commands)
    {
        var format = new Option<string>("--format") { Description = "Whose export it is.", Required = true };
        var file = new Argument<string>("FILE") { Description = "JSON lines, one key each." };
        format.AcceptOnlyFromAmong("coder", "litellm", "legacy");
        return commands.Runs(
            new("import", "Take over another gateway's hashed keys, all or none.") { format, file },
            async (context, cancellationToken) =>
            {
                using var lines = LinesFile.Open(context.Words.GetRequiredValue(file));
                var wanted = Enum.Parse<ImportFormat>(context.Words.GetRequiredValue(format), ignoreCase: true);
                if (wanted == ImportFormat.Legacy && context.Settings.Auth.LegacyPepper is null)
                {
                    context.Warn(
                        "Auth:LegacyPepper is empty; keys that were hashed with a pepper stay 401 invalid_token until every sidecar has it"
                    );
                }

                var result = (await new ImportKeys(context.Store, context.Time).RunAsync(lines, wanted, cancellationToken)).OrFail();
                context.Output.Write(result, writer => writer.WriteLine($"Imported {result.Imported} keys."));
            }
        );
    }

    private static Argument<string> Id() =>
        new("ID") { Description = "The key's id: the second part of its token, or an imported key's own." };

    private static void Print(CommandContext context, IssuedKey issued) =>
        context.Output.Write(KeyDocument.Of(issued), writer => KeyText.WriteIssued(writer, issued, context.Time.GetUtcNow()));

    private static void Print(CommandContext context, ApiKey key) =>
        context.Output.Write(KeyDocument.Of(key), writer => KeyText.Details(key, context.Time.GetUtcNow()).WriteTo(writer));
}
