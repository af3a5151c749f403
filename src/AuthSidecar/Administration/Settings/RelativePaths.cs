using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using Microsoft.Data.Sqlite;

namespace AuthSidecar.Administration.Settings;

/// <summary>
/// Paths of the store, relative to the directory of the configuration file, so that the directory in which a command is run never chooses
/// the store.
/// </summary>
internal static class RelativePaths
{
    public static void Resolve(SidecarSettings settings, SettingsSource source, ConfigurationErrors problems)
    {
        var home = Path.GetDirectoryName(source.FullPath(source.ConfigFile ?? SettingsSource.DefaultFile))!;
        if (settings.DataDirectory.Length > 0)
        {
            var (written, full) = (settings.DataDirectory, Path.GetFullPath(settings.DataDirectory, home));
            if (!Directory.Exists(full) && source.FullPath(written) is var former && Directory.Exists(former))
            {
                problems.Warn("DataDirectory", $"is relative to the configuration file: {full}, not {former}, which exists");
            }

            settings.DataDirectory = full;
        }

        if (settings.Store is { Provider: StoreRules.Sqlite, ConnectionString: { } text })
        {
            settings.Store.ConnectionString = Resolve(text, home);
        }
    }

    // What cannot be parsed is refused when the store is opened.
    private static Secret Resolve(Secret text, string home)
    {
        try
        {
            var connection = new SqliteConnectionStringBuilder(text.Reveal());
            if (connection.DataSource is "" or ":memory:" || Path.IsPathRooted(connection.DataSource))
            {
                return text;
            }

            connection.DataSource = Path.GetFullPath(connection.DataSource, home);
            return new(connection.ConnectionString, text.Source);
        }
        catch (ArgumentException)
        {
            return text;
        }
    }
}
