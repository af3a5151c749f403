using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Access.Apps;

/// <summary>Whether the permission service can be asked safely.</summary>
internal static class AppsRules
{
    public static void Check(AppsOptions apps, ConfigurationErrors problems)
    {
        if (ValueRules.WebAddress(apps.AclUri, "Apps:AclUri", problems) is { Scheme: "http", IsLoopback: false })
        {
            problems.Warn(
                "Apps:AclUri",
                "is http over the network: whoever can change what passes there decides who may use which app; write https://"
            );
        }
    }
}
