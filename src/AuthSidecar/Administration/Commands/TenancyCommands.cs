using System.CommandLine;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>tenants …</c>, <c>apps …</c>, <c>members …</c></summary>
internal static class TenancyCommands
{
    public static Command Tenants(StoreCommands commands) =>
        new("tenants", "Create and list tenants, which own apps.") { CreateTenant(commands), ListTenants(commands) };

    public static Command Apps(StoreCommands commands) =>
        new("apps", "Create and list apps, which policies protect.") { CreateApp(commands), ListApps(commands) };

    public static Command Members(StoreCommands commands) =>
        new("members", "Add users to tenants, remove and list them.") { Add(commands), Remove(commands), List(commands) };

    private static Command CreateTenant(StoreCommands commands)
    {
        var id = Id();
        return commands.Runs(new("create", "Create a tenant.") { id }, async (context, cancellationToken) =>
        {
            var tenant = (
                await new CreateTenant(context.Store, context.Time).RunAsync(context.Arguments.GetRequiredValue(id), cancellationToken)
            ).OrFail();
            context.Output.Write(new { tenant.Id }, writer => writer.WriteLine(tenant.Id));
        });
    }

    private static Command ListTenants(StoreCommands commands) =>
        commands.Runs(new("list", "List tenants and their numbers of apps and members."), async (context, cancellationToken) =>
        {
            var tenants = (await new ListTenants(context.Store).RunAsync(new(), cancellationToken)).OrFail().Items;
            var table = new TextTable("ID", "APPS", "MEMBERS", "CREATED");
            foreach (var tenant in tenants)
            {
                table.Add(tenant.Id, UsageText.Text(tenant.Apps), UsageText.Text(tenant.Members), TextTable.Time(tenant.CreatedAt, ""));
            }

            context.Output.WriteList(tenants, table);
        });

    private static Command CreateApp(StoreCommands commands)
    {
        var id = Id();
        var tenant = Tenant();
        var mode = new Option<string?>("--mode")
        {
            Description =
                "For policies with Acl acl: public, sso_verified, private_all, internal_all, private or internal; every other "
                + "mode denies all callers.",
            HelpName = "M",
        };
        var status = new Option<string>("--status")
        {
            Description = "A disabled app denies all callers.",
            DefaultValueFactory = _ => "normal",
        };
        status.AcceptOnlyFromAmong("normal", "disabled");
        return commands.Runs(new("create", "Create an app of a tenant.") { id, tenant, mode, status }, async (context, cancellationToken) =>
        {
            var arguments = context.Arguments;
            var wanted = new NewApp(arguments.GetRequiredValue(id), arguments.GetRequiredValue(tenant))
            {
                Mode = arguments.GetValue(mode),
                Status = Enum.Parse<AppStatus>(arguments.GetRequiredValue(status), ignoreCase: true),
            };
            var app = AppDocument.Of((await new CreateApp(context.Store, context.Time).RunAsync(wanted, cancellationToken)).OrFail());
            context.Output.Write(app, Table([app]).WriteTo);
        });
    }

    private static Command ListApps(StoreCommands commands)
    {
        var tenant = new Option<string?>("--tenant") { Description = "Only apps of this tenant.", HelpName = "T" };
        return commands.Runs(new("list", "List apps.") { tenant }, async (context, cancellationToken) =>
        {
            var filter = new AppFilter { Tenant = context.Arguments.GetValue(tenant) };
            var apps = (await new ListApps(context.Store).RunAsync(filter, cancellationToken))
                .OrFail()
                .Items.Select(AppDocument.Of)
                .ToList();
            context.Output.WriteList(apps, Table(apps));
        });
    }

    private static Command Add(StoreCommands commands)
    {
        var (tenant, user) = (Tenant(), User());
        var role = new Option<string>("--role")
        {
            Description = "Role of the user in the tenant. Default: member.",
            HelpName = "R",
            DefaultValueFactory = _ => AddMember.DefaultRole,
        };
        return commands.Runs(
            new("add", "Add a user to a tenant, or change a member's role.") { tenant, user, role },
            async (context, cancellationToken) =>
            {
                var arguments = context.Arguments;
                var add = new AddMember(context.Store, context.Time);
                Print(
                    context,
                    (
                        await add.RunAsync(
                            arguments.GetRequiredValue(tenant),
                            arguments.GetRequiredValue(user),
                            arguments.GetRequiredValue(role),
                            cancellationToken
                        )
                    ).OrFail()
                );
            }
        );
    }

    private static Command Remove(StoreCommands commands)
    {
        var (tenant, user) = (Tenant(), User());
        return commands.Runs(new("remove", "Remove a user from a tenant.") { tenant, user }, async (context, cancellationToken) =>
        {
            var remove = new RemoveMember(context.Store, context.Time);
            Print(
                context,
                (
                    await remove.RunAsync(
                        context.Arguments.GetRequiredValue(tenant),
                        context.Arguments.GetRequiredValue(user),
                        cancellationToken
                    )
                ).OrFail()
            );
        });
    }

    private static Command List(StoreCommands commands)
    {
        var tenant = new Option<string?>("--tenant") { Description = "Only members of this tenant.", HelpName = "T" };
        var user = new Option<string?>("--user") { Description = "Only tenants of this user, by name or id.", HelpName = "U" };
        return commands.Runs(new("list", "List the members of tenants.") { tenant, user }, async (context, cancellationToken) =>
        {
            var filter = new MemberFilter { Tenant = context.Arguments.GetValue(tenant), User = context.Arguments.GetValue(user) };
            var members = (await new ListMembers(context.Store).RunAsync(filter, cancellationToken)).OrFail();
            var documents = members.Items.Select(member => MemberDocument.Of(member)).ToList();
            context.Output.WriteList(documents, Table(documents));
        });
    }

    private static void Print(CommandContext context, Member member)
    {
        var document = MemberDocument.Of(member);
        context.Output.Write(document, Table([document]).WriteTo);
    }

    private static TextTable Table(IEnumerable<AppDocument> apps)
    {
        var table = new TextTable("ID", "TENANT", "MODE", "STATUS");
        foreach (var app in apps)
        {
            table.Add(app.Id, app.Tenant, app.Mode, app.Status);
        }

        return table;
    }

    private static TextTable Table(IEnumerable<MemberDocument> members)
    {
        var table = new TextTable("TENANT", "USER", "ID", "ROLE");
        foreach (var member in members)
        {
            table.Add(member.Tenant, member.User, member.UserId, member.Role);
        }

        return table;
    }

    private static Argument<string> Id() => new("ID") { Description = "1 to 64 letters, digits, _ or -." };

    private static Option<string> Tenant() =>
        new("--tenant")
        {
            Description = "The tenant's id.",
            HelpName = "T",
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
