using System.CommandLine;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>groups …</c></summary>
internal static class GroupCommands
{
    public static Command Build(StoreCommands commands) =>
        new("groups", "Create and list groups of users, which share budgets.")
        {
            Create(commands),
            Add(commands),
            Remove(commands),
            List(commands),
            Show(commands),
        };

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
        var (group, user) = (Group(), User());
        return commands.Runs(new("add", "Add a user to a group.") { group, user }, async (context, cancellationToken) =>
        {
            var add = new AddToGroup(context.Store, context.Time);
            Print(
                context,
                (
                    await add.RunAsync(
                        context.Arguments.GetRequiredValue(group),
                        context.Arguments.GetRequiredValue(user),
                        cancellationToken
                    )
                ).OrFail()
            );
        });
    }

    private static Command Remove(StoreCommands commands)
    {
        var (group, user) = (Group(), User());
        return commands.Runs(new("remove", "Remove a user from a group.") { group, user }, async (context, cancellationToken) =>
        {
            var remove = new RemoveFromGroup(context.Store, context.Time);
            Print(
                context,
                (
                    await remove.RunAsync(
                        context.Arguments.GetRequiredValue(group),
                        context.Arguments.GetRequiredValue(user),
                        cancellationToken
                    )
                ).OrFail()
            );
        });
    }

    private static Command List(StoreCommands commands)
    {
        var user = new Option<string?>("--user") { Description = "Only groups of this user, by name or id.", HelpName = "U" };
        return commands.Runs(new("list", "List groups and their number of members.") { user }, async (context, cancellationToken) =>
        {
            var filter = new GroupFilter { User = context.Arguments.GetValue(user) };
            var groups = (await new ListGroups(context.Store).RunAsync(filter, cancellationToken)).OrFail().Items;
            var table = new TextTable("ID", "MEMBERS", "CREATED");
            foreach (var group in groups)
            {
                table.Add(group.Id, UsageText.Text(group.Members), TextTable.Time(group.CreatedAt, ""));
            }

            context.Output.WriteList(groups, table);
        });
    }

    private static Command Show(StoreCommands commands)
    {
        var id = new Argument<string>("ID") { Description = "The group's id." };
        return commands.Runs(new("show", "Show the members of a group.") { id }, async (context, cancellationToken) =>
        {
            var group = context.Arguments.GetRequiredValue(id);
            var members = (await new ListGroupMembers(context.Store).RunAsync(group, new(), cancellationToken)).OrFail().Items;
            var table = new TextTable("USER", "ID", "STATUS");
            foreach (var member in members)
            {
                table.Add(member.User, member.UserId, NameOf(member.Status));
            }

            context.Output.Write(
                new
                {
                    Id = group,
                    Members = members.Select(member => new
                    {
                        member.User,
                        member.UserId,
                        Status = NameOf(member.Status),
                    }),
                },
                table.WriteTo
            );
        });
    }

    private static void Print(CommandContext context, GroupMember member)
    {
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
    }

    private static string NameOf(UserStatus status) => status.ToString().ToLowerInvariant();

    private static Option<string> Group() =>
        new("--group")
        {
            Description = "The group's id.",
            HelpName = "G",
            Required = true,
        };

    private static Option<string> User() =>
        new("--user")
        {
            Description = "The user's name or id.",
            HelpName = "U",
            Required = true,
        };
}
