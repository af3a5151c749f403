using AuthSidecar.Access.Apps;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Access.Policies;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Usage.BudgetAlerts;

namespace AuthSidecar.Administration.Settings;

/// <summary>Runs the rules of all features, in the order of their messages; one run reports every error.</summary>
internal static class SettingsRules
{
    public static void Check(SidecarSettings settings, ConfigurationErrors problems)
    {
        ListenRules.Check(settings.Listen, problems);
        DataDirectory(settings.DataDirectory, problems);
        StoreRules.Check(settings.Store, problems);
        SharedPeppers(settings, problems);
        AuthRules.CheckEnabled(settings.Auth, problems);
        RedisRules.Check(settings.Redis, problems);
        AuthRules.CheckMode(settings.Auth, problems);
        HeaderSecrets.Check(settings, problems);
        JwtRules.Check(settings.Jwt, problems);
        PolicyReferences.Check(settings, problems);
        RelayReferences.Check(settings, problems);
        for (var index = 0; index < settings.Rules.Count; index++)
        {
            RouteRules.Check(SettingPath.Join("Rules", index), settings.Rules[index], settings.Policies.Keys, problems);
        }

        AppsRules.Check(settings.Apps, problems);
        WebhookRules.Check(settings.Usage.BudgetWebhook, problems);
        ConsoleRules.Check(settings.Console, settings.Listen, problems);
        DeviceRules.Check(settings.Device, problems);

        LoginRules.Check(settings.Login, settings.Console, problems);
        TelemetryRules.Check(settings.Telemetry, problems);
    }

    private static void DataDirectory(string directory, ConfigurationErrors problems)
    {
        if (directory.Length == 0)
        {
            problems.Error("DataDirectory", "must name a directory");
        }
    }

    private static void SharedPeppers(SidecarSettings settings, ConfigurationErrors problems)
    {
        if (settings.Store.Provider == StoreRules.Postgres && settings.Auth.Peppers.Count == 0)
        {
            problems.Error(
                "Auth:Peppers",
                "must hold at least one with Store:Provider postgres: each replica would generate its own, and reject keys of the others"
            );
        }
    }
}
