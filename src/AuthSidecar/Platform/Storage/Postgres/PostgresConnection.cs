using AuthSidecar.Decisions.Text;
using Npgsql;

namespace AuthSidecar.Platform.Storage.Postgres;

/// <summary>Reads <c>Store:ConnectionString</c>, and sets defaults that suit lookups: few connections and short timeouts.</summary>
internal static class PostgresConnection
{
    // Some replicas together must fit into the 100 that a server accepts by default.
    private const int MostConnections = 20;
    private const int ConnectSeconds = 5;
    private const int CommandSeconds = 5;
    private const int CancelMilliseconds = 500;

    /// <returns>The error in the setting, without its text, or null.</returns>
    public static string? ErrorOf(Secret? connectionString)
    {
        if (connectionString is null)
        {
            return "must name the database, such as Host=db;Database=authsidecar;Username=authsidecar;Password=…";
        }

        try
        {
            return Parse(connectionString).Host is { Length: > 0 } ? null : "names no Host";
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException)
        {
            return "is not a connection string of Npgsql: write Host=…;Database=…;Username=…;Password=…";
        }
    }

    /// <exception cref="StoreConfigurationException">Malformed; the message does not quote the text.</exception>
    public static NpgsqlConnectionStringBuilder Read(Secret? connectionString) =>
        ErrorOf(connectionString) is { } error
            ? throw new StoreConfigurationException($"Store:ConnectionString {error}.")
            : Parse(connectionString!);

    /// <summary>Hosts and database, for messages; no credential.</summary>
    public static string Name(NpgsqlConnectionStringBuilder connection)
    {
        var port = connection.Port == NpgsqlConnection.DefaultPort ? "" : $":{connection.Port}";
        return $"{connection.Host}{port}/{connection.Database ?? connection.Username}";
    }

    private static NpgsqlConnectionStringBuilder Parse(Secret connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString.Reveal())
        {
            PersistSecurityInfo = false,
            IncludeErrorDetail = false,
        };
        var configured = connection.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
        Default("Maximum Pool Size", () => connection.MaxPoolSize = MostConnections);
        Default("Timeout", () => connection.Timeout = ConnectSeconds);
        Default("Command Timeout", () => connection.CommandTimeout = CommandSeconds);
        Default("Cancellation Timeout", () => connection.CancellationTimeout = CancelMilliseconds);
        Default("Application Name", () => connection.ApplicationName = "authsidecar");
        return connection;

        void Default(string key, Action set)
        {
            if (!configured.Contains(key))
            {
                set();
            }
        }
    }
}
