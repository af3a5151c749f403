using System.CommandLine;
using AuthSidecar.Administration.Users;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>migrate</c></summary>
internal static class MigrateCommand
{
    public static Command Build(StoreCommands commands) =>
        commands.RunsUnprepared(
            new("migrate", "Migrate a shared store to this version; an embedded store migrates at every start."),
            async (context, cancellationToken) =>
            {
                var applied = await context.Store.MigrateAsync(cancellationToken);
                if (applied.Count > 0 && await new FindNameClashes(context.Store).RunAsync(cancellationToken) is { Count: > 0 } clashes)
                {
                    context.Warn(FindNameClashes.Warning(clashes));
                }

                context.Output.Write(new { Applied = applied, Store = context.Store.Name }, writer =>
                    writer.WriteLine(
                        applied.Count == 0
                            ? $"The store at {context.Store.Name} is up to date."
                            : $"Applied {string.Join(", ", applied)} to the store at {context.Store.Name}."
                    )
                );
            }
        );
}
