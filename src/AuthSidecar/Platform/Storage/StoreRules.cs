using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage.Postgres;

namespace AuthSidecar.Platform.Storage;

/// <summary>Whether the store is known and its address can be read.</summary>
internal static class StoreRules
{
    public const string Postgres = "postgres";

    private static readonly string[] _providers = ["sqlite", Postgres];

    public static void Check(StoreOptions store, ConfigurationErrors problems)
    {
        ValueRules.OneOf(store.Provider, "Store:Provider", _providers, problems);
        if (store.Provider == Postgres && PostgresConnection.Complaint(store.ConnectionString) is { } complaint)
        {
            problems.Error("Store:ConnectionString", complaint);
        }
    }
}
