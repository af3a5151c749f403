using System.CommandLine;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>users …</c></summary>
internal static class UserCommands
{
    private static readonly string[] _roles = ["admin", "user"];
    private static readonly string[] _statuses = ["active", "suspended", "dormant", "deleted"];

    public static Command Build(StoreCommands commands) =>
        new("users", "Create, change and list users, and set their passwords.")
        {
            Create(commands),
            Set(commands),
            PasswordCommand.Build(commands),
            List(commands),
            Show(commands),
        };

    private static Command Create(StoreCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "Unique name." };
        var id = new Option<string?>("--id") { Description = "Id of the user. Default: a new one.", HelpName = "UUID" };
        var email = new Option<string?>("--email") { Description = "An e-mail address.", HelpName = "E" };
        var display = new Option<string?>("--display-name") { Description = "Name on pages; any letters.", HelpName = "N" };
        var role = new Option<string>("--role") { Description = "Role of the user in the sidecar.", DefaultValueFactory = _ => "user" };
        var system = new Option<bool>("--system") { Description = "A user for internal work, whose keys never authenticate a request." };
        role.AcceptOnlyFromAmong(_roles);
        return commands.Runs(
            new("create", "Create a user.") { name, id, email, display, role, system },
            async (context, cancellationToken) =>
            {
                var arguments = context.Arguments;
                var wanted = new NewUser(arguments.GetRequiredValue(name))
                {
                    Id = arguments.GetValue(id),
                    Email = arguments.GetValue(email),
                    DisplayName = arguments.GetValue(display),
                    Role = Enum.Parse<UserRole>(arguments.GetRequiredValue(role), ignoreCase: true),
                    IsSystem = arguments.GetValue(system),
                };
                Print(context, (await new CreateUser(context.Store, context.Time).RunAsync(wanted, cancellationToken)).OrFail());
            }
        );
    }

    private static Command Set(StoreCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "The user's name or id." };
        var status = new Option<string?>("--status") { Description = "Only active users log in, and only their keys authenticate." };
        var role = new Option<string?>("--role") { Description = "Role of the user in the sidecar." };
        var email = new Option<string?>("--email") { Description = "An e-mail address; empty: none.", HelpName = "E" };
        var display = new Option<string?>("--display-name") { Description = "Name on pages; empty: none.", HelpName = "N" };
        var force = new Option<bool>("--force") { Description = "Also disable or demote the last active admin." };
        status.AcceptOnlyFromAmong(_statuses);
        role.AcceptOnlyFromAmong(_roles);
        var command = new Command("set", "Change a user. Another role, and every status but active, ends the user's sessions.")
        {
            name,
            status,
            role,
            email,
            display,
            force,
        };
        command.Validators.Add(result =>
        {
            if (new Option[] { status, role, email, display }.All(option => result.GetResult(option) is null))
            {
                result.AddError("Nothing to change: give --status, --role, --email or --display-name.");
            }
        });
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var arguments = context.Arguments;
            var change = new UserChange
            {
                Status = arguments.GetValue(status) is { } word ? Enum.Parse<UserStatus>(word, ignoreCase: true) : null,
                Role = arguments.GetValue(role) is { } wanted ? Enum.Parse<UserRole>(wanted, ignoreCase: true) : null,
                Email = ChangeOf(arguments.GetValue(email)),
                DisplayName = ChangeOf(arguments.GetValue(display)),
            };
            var user = await new UpdateUser(context.Store, context.Time).RunAsync(
                arguments.GetRequiredValue(name),
                change,
                arguments.GetValue(force),
                null,
                cancellationToken
            );
            Print(context, user.OrFail());
        });
    }

    private static Change<string?>? ChangeOf(string? value) => value is null ? null : new(value.Length == 0 ? null : value);

    private static Command Show(StoreCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "The user's name or id." };
        return commands.Runs(new("show", "Show a user.") { name }, async (context, cancellationToken) =>
        {
            var found = await new ShowUser(context.Store).RunAsync(context.Arguments.GetRequiredValue(name), cancellationToken);
            var user = UserDetailsDocument.Of(found.OrFail());
            context.Output.Write(user, writer =>
            {
                var table = new TextTable("FIELD", "VALUE");
                table.Add("name", user.Name);
                table.Add("display name", user.DisplayName);
                table.Add("id", user.Id);
                table.Add("email", user.Email);
                table.Add("role", user.Role);
                table.Add("status", user.Status);
                table.Add("system", user.System ? "yes" : "no");
                table.Add("created", TextTable.Time(user.CreatedAt, ""));
                table.Add("updated", TextTable.Time(user.UpdatedAt, ""));
                table.Add("last login", TextTable.Time(user.LastLoginAt, "never"));
                foreach (var identity in user.Identities)
                {
                    table.Add("identity", $"{identity.Issuer} {identity.Subject}");
                }

                table.WriteTo(writer);
            });
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
