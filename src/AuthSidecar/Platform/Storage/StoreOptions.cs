using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Platform.Storage;

/// <summary>Section <c>Store</c>. With SQLite an empty connection string is <c>DataDirectory/authsidecar.db</c>.</summary>
internal sealed class StoreOptions
{
    /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
    public string Provider { get; set; } = "sqlite";

    /// <summary>Connection string of the store. Empty, SQLite only: <c>authsidecar.db</c> in the data directory.</summary>
    public Secret? ConnectionString { get; set; }
}
