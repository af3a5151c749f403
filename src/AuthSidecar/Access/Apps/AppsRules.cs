using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Access.Apps;

/// <summary>Checks the address of the permission service.</summary>
internal static class AppsRules
{
    public static void Check(AppsOptions apps, ConfigurationErrors problems)
    {
        if (ValueRules.WebAddress(apps.AclUri, "Apps:AclUri", problems) is { Scheme: "http", IsLoopback: false })
        {
            problems.Warn(
                "Apps:AclUri",
                "is http over the network: an attacker who can modify the traffic decides who may use which app; write https://"
            );
        }
    }
}
