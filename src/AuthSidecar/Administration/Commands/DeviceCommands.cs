using System.CommandLine;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>devices …</c></summary>
internal static class DeviceCommands
{
    public static Command Build(StoreCommands commands) =>
        new("devices", "List and revoke tokens of devices.") { List(commands), Revoke(commands) };

    private static Command List(StoreCommands commands)
    {
        var user = new Option<string?>("--user")
        {
            Description = "Only devices of this person: name or id of a user, or ISSUER|SUBJECT.",
            HelpName = "U",
        };
        return commands.Runs(
            new("list", "List tokens of devices in force, the newest first.") { user },
            async (context, cancellationToken) =>
            {
                var filter = new KeyFilter
                {
                    User = context.Arguments.GetValue(user),
                    IsDevice = true,
                    NewestFirst = true,
                };
                var now = context.Time.GetUtcNow();
                var keys = (await new ListKeys(context.Store, context.Time).RunAsync(filter, cancellationToken)).OrFail().Items;
                var live = keys.Where(key => KeyStatuses.Of(key, now) is KeyStatus.Active or KeyStatus.Expiring).ToList();
                var table = new TextTable("ID", "USER", "CLIENT", "LABEL", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "FROM");
                foreach (var key in live)
                {
                    var device = DeviceDocument.Of(key);
                    table.Add(
                        device.Id,
                        KeyText.OwnerOf(key),
                        device.Client,
                        device.Label,
                        string.Join(',', device.Scopes),
                        TextTable.Time(device.CreatedAt, ""),
                        TextTable.Time(device.ExpiresAt, "never"),
                        TextTable.Time(device.LastUsedAt, "never"),
                        device.LastUsedAddress
                    );
                }

                context.Output.WriteList(live.Select(DeviceDocument.Of).ToList(), table);
            }
        );
    }

    private static Command Revoke(StoreCommands commands)
    {
        var id = new Argument<string>("ID") { Description = "Id of the token." };
        return commands.Runs(new("revoke", "Revoke the token of a device immediately.") { id }, async (context, cancellationToken) =>
        {
            var wanted = context.Arguments.GetRequiredValue(id);
            var found = await new ShowKey(context.Store).RunAsync(wanted, cancellationToken);
            if (found.Refusal is not null || found.Value.Format is not (KeyFormat.Aso or KeyFormat.Ase))
            {
                throw CommandFailure.Of(Refusal.Unknown("device", wanted));
            }

            var revoked = (await new RevokeKey(context.Store, context.Time).RunAsync(wanted, cancellationToken)).OrFail();
            context.Output.Write(DeviceDocument.Of(revoked), writer => writer.WriteLine($"Revoked {revoked.Id}."));
        });
    }
}
