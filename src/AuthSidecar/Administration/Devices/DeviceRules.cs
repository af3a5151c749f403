using System.Net;
using AuthSidecar.Access.Authorization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Devices;

/// <summary>Checks section <c>Device</c>.</summary>
internal static class DeviceRules
{
    public static void Check(DeviceOptions device, ConfigurationErrors problems)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < device.Clients.Count; index++)
        {
            var (client, path) = (device.Clients[index], SettingPath.Join("Device:Clients", index));
            Check(client, path, problems);
            if (client.Id.Length > 0 && !ids.Add(client.Id))
            {
                problems.Error($"{path}:Id", $"{problems.Quote(client.Id)} has an entry already; keep one");
            }
        }

        for (var index = 0; index < device.Networks.Count; index++)
        {
            if (!IPNetwork.TryParse(device.Networks[index], out _))
            {
                problems.Error(
                    SettingPath.Join("Device:Networks", index),
                    $"must be a network such as 10.0.0.0/8, not {problems.Quote(device.Networks[index])}"
                );
            }
        }
    }

    private static void Check(DeviceClientOptions client, string path, ConfigurationErrors problems)
    {
        if (Rules.Name("A client's id", client.Id) is { } wrongId)
        {
            problems.Error($"{path}:Id", wrongId);
        }

        if (client.Title.Length > 0 && Rules.Name("A client's title", client.Title) is { } wrongTitle)
        {
            problems.Error($"{path}:Title", wrongTitle);
        }

        if (Rules.Scopes(client.Scopes) is { } wrongScopes)
        {
            problems.Error($"{path}:Scopes", wrongScopes);
        }

        if (client.Scopes.Count == 0)
        {
            problems.Warn(
                $"{path}:Scopes",
                $"is empty: its tokens may do all that their person may; name scopes, or [\"{AccessRules.FullScope}\"]"
            );
        }

        if (client.Scopes.Contains(AccessRules.ManageScope, StringComparer.Ordinal))
        {
            problems.Error($"{path}:Scopes", $"cannot hold {AccessRules.ManageScope}: a device's token never opens the management API");
        }
    }
}
