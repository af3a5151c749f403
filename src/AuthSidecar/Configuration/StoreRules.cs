using AuthSidecar.Storage.Postgres;

namespace AuthSidecar.Configuration;

/// <summary>What a store that replicas share needs beside its name.</summary>
internal static class StoreRules
{
    private static readonly string[] _providers = ["sqlite", "postgres"];

    public static void Check(Settings settings, Problems problems)
    {
        SettingsRules.OneOf(settings.Store.Provider, "Store:Provider", _providers, problems);
        if (settings.Store.Provider != "postgres")
        {
            return;
        }

        if (PostgresConnection.Complaint(settings.Store.ConnectionString) is { } complaint)
        {
            problems.Error("Store:ConnectionString", complaint);
        }

        if (settings.Auth.Peppers.Count == 0)
        {
            problems.Error("Auth:Peppers", "must hold at least one with Store:Provider postgres: each replica would make its own, and know no key of the others");
        }
    }
}
