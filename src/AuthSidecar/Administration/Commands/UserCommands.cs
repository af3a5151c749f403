using System.CommandLine;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>users …</c></summary>
internal static class UserCommands
{
    private static readonly string[] _roles = ["admin", "user"];
    private static readonly string[] _statuses = ["active", "suspended", "dormant", "deleted"];

    public static Command Build(StoreCommands commands) =>
        new("users", "Create and list users, and change their status.") { Create(commands), Set(commands), List(commands) };

    private static Command Create(StoreCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "Unique name." };
        var id = new Option<string?>("--id") { Description = "Id of the user. Default: a new one.", HelpName = "UUID" };
        var email = new Option<string?>("--email") { Description = "An e-mail address.", HelpName = "E" };
        var role = new Option<string>("--role") { Description = "Role of the user in the sidecar.", DefaultValueFactory = _ => "user" };
        var system = new Option<bool>("--system") { Description = "A user for internal work, whose keys never authenticate a request." };
        role.AcceptOnlyFromAmong(_roles);
        return commands.Runs(new("create", "Create a user.") { name, id, email, role, system }, async (context, cancellationToken) =>
        {
            var arguments = context.Arguments;
            var wanted = new NewUser(arguments.GetRequiredValue(name))
            {
                Id = arguments.GetValue(id),
                Email = arguments.GetValue(email),
                Role = Enum.Parse<UserRole>(arguments.GetRequiredValue(role), ignoreCase: true),
                IsSystem = arguments.GetValue(system),
            };
            Print(context, (await new CreateUser(context.Store, context.Time).RunAsync(wanted, cancellationToken)).OrFail());
        });
    }

    private static Command Set(StoreCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "The user's name or id." };
        var status = new Option<string>("--status") { Description = "Only keys of active users authenticate.", Required = true };
        status.AcceptOnlyFromAmong(_statuses);
        return commands.Runs(new("set", "Change a user's status.") { name, status }, async (context, cancellationToken) =>
        {
            var wanted = Enum.Parse<UserStatus>(context.Arguments.GetRequiredValue(status), ignoreCase: true);
            var user = await new SetUserStatus(context.Store, context.Time).RunAsync(
                context.Arguments.GetRequiredValue(name),
                wanted,
                cancellationToken
            );
            Print(context, user.OrFail());
        });
    }

    private static Command List(StoreCommands commands)
    {
        var status = new Option<string?>("--status") { Description = "Only users of this status." };
        var role = new Option<string?>("--role") { Description = "Only users of this role." };
        var query = new Option<string?>("--query")
        {
            Description = "Only users with this text in the name, id or e-mail address.",
            HelpName = "TEXT",
        };
        status.AcceptOnlyFromAmong(_statuses);
        role.AcceptOnlyFromAmong(_roles);
        return commands.Runs(new("list", "List users, the oldest first.") { status, role, query }, async (context, cancellationToken) =>
        {
            var arguments = context.Arguments;
            var filter = new UserFilter
            {
                Status = arguments.GetValue(status) is { } wanted ? Enum.Parse<UserStatus>(wanted, ignoreCase: true) : null,
                Role = arguments.GetValue(role) is { } name ? Enum.Parse<UserRole>(name, ignoreCase: true) : null,
                Query = arguments.GetValue(query),
            };
            var users = (await new ListUsers(context.Store).RunAsync(filter, cancellationToken)).OrFail().Items;
            context.Output.WriteList(users.Select(UserDocument.Of), Table(users));
        });
    }

    private static void Print(CommandContext context, User user) => context.Output.Write(UserDocument.Of(user), Table([user]).WriteTo);

    private static TextTable Table(IEnumerable<User> users)
    {
        var table = new TextTable("NAME", "ID", "EMAIL", "ROLE", "STATUS", "SYSTEM");
        foreach (var user in users.Select(UserDocument.Of))
        {
            table.Add(user.Name, user.Id, user.Email, user.Role, user.Status, user.System ? "yes" : "no");
        }

        return table;
    }
}
