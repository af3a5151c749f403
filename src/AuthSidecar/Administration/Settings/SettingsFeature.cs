namespace AuthSidecar.Administration.Settings;

/// <summary>Registers each section: as <c>LiveOptions</c> if a reload replaces it, else as the options themselves.</summary>
internal static class SettingsFeature
{
    public static IServiceCollection AddSettings(this IServiceCollection services, SettingsMonitor settings)
    {
        var fixedSettings = settings.Current.Settings;
        return services
            .AddSingleton(fixedSettings.Listen)
            .AddSingleton(fixedSettings.Store)
            .AddSingleton(fixedSettings.Cache)
            .AddSingleton(fixedSettings.Usage)
            .AddSingleton(fixedSettings.Console)
            .AddSingleton(fixedSettings.WarmUp)
            .AddSingleton(fixedSettings.Shutdown)
            .AddSingleton(fixedSettings.Telemetry)
            .AddSingleton(settings.Section(whole => whole.Auth))
            .AddSingleton(settings.Section(whole => whole.Jwt))
            .AddSingleton(settings.Section(whole => whole.Providers))
            .AddSingleton(settings.Section(whole => whole.Limits))
            .AddSingleton(settings.Section(whole => whole.Apps))
            .AddSingleton(settings.Section(whole => whole.Device))
            .AddSingleton(settings.Compiled(snapshot => snapshot.AcceptedCredentials))
            .AddSingleton(settings.Compiled(snapshot => snapshot.ServiceCredentials))
            .AddSingleton(settings.Compiled(snapshot => snapshot.CheckSecrets))
            .AddSingleton(settings.Compiled(snapshot => snapshot.RelayedAddress))
            // Last: its handler authorizes open sockets again, with the new peppers and issuers.
            .AddSingleton(settings.Compiled(snapshot => snapshot.Policies));
    }
}
