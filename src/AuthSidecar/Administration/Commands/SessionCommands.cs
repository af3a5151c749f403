using System.CommandLine;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>sessions …</c></summary>
internal static class SessionCommands
{
    public static Command Build(StoreCommands commands) =>
        new("sessions", "List and end sessions of the console.") { List(commands), End(commands) };

    private static Command List(StoreCommands commands)
    {
        var user = new Option<string?>("--user") { Description = "Only sessions of this user, by name or id.", HelpName = "U" };
        return commands.Runs(new("list", "List live sessions, the last used first.") { user }, async (context, cancellationToken) =>
        {
            var console = context.Settings.Console;
            var sessions = (
                await new ListSessions(context.Store, context.Time).RunAsync(
                    context.Arguments.GetValue(user),
                    new(console.SessionIdle, console.SessionLifetime),
                    cancellationToken
                )
            ).OrFail();
            var table = new TextTable("ID", "USER", "CREATED", "LAST SEEN", "ADDRESS", "AGENT");
            foreach (var session in sessions)
            {
                table.Add(
                    session.Id,
                    session.User?.Name,
                    TextTable.Time(session.CreatedAt, ""),
                    TextTable.Time(session.LastSeenAt, ""),
                    session.Address,
                    session.Agent
                );
            }

            context.Output.WriteList(sessions.Select(SessionDocument.Of), table);
        });
    }

    private static Command End(StoreCommands commands)
    {
        var id = new Argument<string?>("ID") { Description = "Id of a session.", Arity = ArgumentArity.ZeroOrOne };
        var user = new Option<string?>("--user") { Description = "All sessions of this user, by name or id.", HelpName = "U" };
        var command = new Command("end", "End a session, or all of a user, immediately.") { id, user };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(id) is null) == (result.GetValue(user) is null))
            {
                result.AddError("Give the ID of a session, or --user.");
            }
        });
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var end = new EndSessions(context.Store, context.Time);
            var count = context.Arguments.GetValue(user) is { } name
                ? (await end.OfUserAsync(name, null, cancellationToken)).OrFail().Count
                : Count((await end.RunAsync(context.Arguments.GetValue(id)!, null, cancellationToken)).OrFail());
            context.Output.Write(new { Ended = count }, writer =>
                writer.WriteLine(count == 1 ? "Ended 1 session." : $"Ended {count} sessions.")
            );
        });
    }

    private static int Count(Session _) => 1;
}
