using AuthSidecar.Platform.Storage.Postgres;
using AuthSidecar.Platform.Storage.Sqlite;

namespace AuthSidecar.Platform.Storage;

internal static class StorageFeature
{
    public static IServiceCollection AddStorage(this IServiceCollection services, string dataDirectory) =>
        services.AddSingleton(provider =>
            OpenStore(provider.GetRequiredService<StoreOptions>(), dataDirectory, provider.GetRequiredService<TimeProvider>())
        );

    /// <exception cref="StoreConfigurationException">Unknown provider.</exception>
    public static Store OpenStore(StoreOptions options, string dataDirectory, TimeProvider time) =>
        options.Provider switch
        {
            "sqlite" => SqliteStore.For(options, dataDirectory, time),
            "postgres" => PostgresStore.For(options, time),
            var provider => throw new StoreConfigurationException($"Store:Provider \"{provider}\" is not known; known: sqlite, postgres."),
        };
}
