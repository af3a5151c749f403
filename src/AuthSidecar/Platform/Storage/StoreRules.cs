using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage.Postgres;

namespace AuthSidecar.Platform.Storage;

/// <summary>Checks the provider and the connection string of the store.</summary>
internal static class StoreRules
{
    public const string Sqlite = "sqlite";
    public const string Postgres = "postgres";

    private static readonly string[] _providers = [Sqlite, Postgres];

    public static void Check(StoreOptions store, ConfigurationErrors problems)
    {
        ValueRules.OneOf(store.Provider, "Store:Provider", _providers, problems);
        if (store.Provider == Postgres && PostgresConnection.ErrorOf(store.ConnectionString) is { } error)
        {
            problems.Error("Store:ConnectionString", error);
        }
    }
}
