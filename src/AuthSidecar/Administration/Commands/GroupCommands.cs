using System.CommandLine;
using AuthSidecar.Administration.Tenancy;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>groups …</c></summary>
internal static class GroupCommands
{
    public static Command Build(StoreCommands commands) =>
        new("groups", "Create groups of users, for budgets.") { Create(commands), Add(commands) };

    private static Command Create(StoreCommands commands)
    {
        var id = new Argument<string>("ID") { Description = "1 to 64 letters, digits, _ or -." };
        return commands.Runs(new("create", "Create a group.") { id }, async (context, cancellationToken) =>
        {
            var group = (
                await new CreateGroup(context.Store, context.Time).RunAsync(context.Arguments.GetRequiredValue(id), cancellationToken)
            ).OrFail();
            context.Output.Write(new { group.Id }, writer => writer.WriteLine(group.Id));
        });
    }

    private static Command Add(StoreCommands commands)
    {
        var group = new Option<string>("--group")
        {
            Description = "The group's id.",
            HelpName = "G",
            Required = true,
        };
        var user = new Option<string>("--user")
        {
            Description = "The user's name or id.",
            HelpName = "U",
            Required = true,
        };
        return commands.Runs(new("add", "Add a user to a group.") { group, user }, async (context, cancellationToken) =>
        {
            var add = new AddToGroup(context.Store, context.Time);
            var member = (
                await add.RunAsync(context.Arguments.GetRequiredValue(group), context.Arguments.GetRequiredValue(user), cancellationToken)
            ).OrFail();
            var table = new TextTable("GROUP", "USER", "ID");
            table.Add(member.GroupId, member.User?.Name, member.UserId);
            context.Output.Write(
                new
                {
                    Group = member.GroupId,
                    User = member.User?.Name,
                    member.UserId,
                },
                table.WriteTo
            );
        });
    }
}
