using AuthSidecar.Configuration;
using AuthSidecar.Storage.Postgres;
using AuthSidecar.Storage.Sqlite;

namespace AuthSidecar.Storage;

internal static class StorageFeature
{
    public static IServiceCollection AddStorage(this IServiceCollection services, Settings settings) =>
        services.AddSingleton(provider => OpenStore(settings, provider.GetRequiredService<TimeProvider>()));

    /// <exception cref="StoreConfigurationException">The settings name no store that this version has.</exception>
    public static Store OpenStore(Settings settings, TimeProvider time) => settings.Store.Provider switch
    {
        "sqlite" => SqliteStore.For(settings, time),
        "postgres" => PostgresStore.For(settings),
        var provider => throw new StoreConfigurationException($"Store:Provider \"{provider}\" is not known; known: sqlite, postgres."),
    };
}
