using AuthSidecar.Administration.Commands;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("keys")]
    [InlineData("keys create")]
    [InlineData("keys list")]
    [InlineData("keys show")]
    [InlineData("keys revoke")]
    [InlineData("keys rotate")]
    [InlineData("users")]
    [InlineData("users create")]
    [InlineData("users set")]
    [InlineData("users list")]
    [InlineData("migrate")]
    public async Task Help_IsEverywhereAndNeedsNoSettings(string command)
    {
        var run = new CommandRunner(_directory.Path) { LoadSettings = _ => throw new InvalidOperationException("Settings were read.") };

        var (exitCode, output, error) = await run.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches($@"\n  \S+ {command} ?[\[<]", output);
        Assert.Contains("--json", output, StringComparison.Ordinal);
        Assert.Contains("--config", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfigAndSettings_ReachTheLoaderFromAnywhereInTheLine()
    {
        SettingsSource? seen = null;
        var run = new CommandRunner(_directory.Path)
        {
            LoadSettings = source =>
            {
                seen = source;
                return new() { DataDirectory = _directory.Path };
            },
        };

        await run.JsonAsync(
            "--Store:Provider=sqlite",
            "users",
            "--config",
            "some.json",
            "list",
            "--Cache:Capacity=5",
            "--DataDirectory=x y"
        );

        Assert.Equal("some.json", seen?.ConfigFile);
        Assert.Equal(["--Store:Provider=sqlite", "--Cache:Capacity=5", "--DataDirectory=x y"], seen?.Overrides);
    }

    [Fact]
    public async Task ForPeople_ErrorsArePlainSentences()
    {
        var run = new CommandRunner(_directory.Path);

        Assert.Equal((1, "", "There is no key nope.\n"), await run.RunAsync("keys", "show", "nope"));
        Assert.Equal((64, "", "Option '--user' is required.\n"), await run.RunAsync("keys", "create"));
        Assert.Equal((64, "", "Unrecognized command or argument 'frobnicate'.\n"), await run.RunAsync("keys", "list", "frobnicate"));
    }

    [Theory]
    [InlineData("--user", "--json")]
    [InlineData("--user=", "--json")]
    [InlineData("--user", "alice", "--scope", "--json")]
    [InlineData("--user", "alice", "--scope", "--name", "--json")]
    [InlineData("--user", "alice", "--config", "--json")]
    public async Task ValueIsForgotten_TheNextOptionIsNotTakenForIt(params string[] words)
    {
        var run = new CommandRunner(_directory.Path);

        var (exitCode, output, error) = await run.RunAsync(["keys", "create", .. words]);

        Assert.Equal((64, ""), (exitCode, output));
        Assert.Contains("needs a value", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SettingsAreWrong_Exits78()
    {
        var run = new CommandRunner(_directory.Path)
        {
            LoadSettings = _ => throw CommandFailure.ConfigurationError("Two things are wrong."),
        };

        Assert.Equal((78, "invalid_configuration", "Two things are wrong."), await run.FailAsync("users", "list"));
    }

    [Fact]
    public async Task StoreProviderIsUnknown_Exits78()
    {
        var run = new CommandRunner(_directory.Path) { LoadSettings = _ => new() { Store = { Provider = "oracle" } } };

        var (exitCode, code, message) = await run.FailAsync("users", "list");

        Assert.Equal((78, "invalid_configuration"), (exitCode, code));
        Assert.Contains("oracle", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StoreCannotBeOpened_Exits69()
    {
        await File.WriteAllTextAsync(_directory["file"], "");

        var (exitCode, code, _) = await new CommandRunner(_directory["file/data"]).FailAsync("users", "list");

        Assert.Equal((69, "store_unavailable"), (exitCode, code));
    }

    [Fact]
    public async Task NewerStore_Exits69WithAMessage()
    {
        var run = new CommandRunner(_directory.Path);
        await run.JsonAsync("users", "create", "alice");
        await using (var connection = new SqliteConnection($"Data Source={_directory["authsidecar.db"]};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = """INSERT INTO "__EFMigrationsHistory" VALUES ('9999_Later', '99.0')""";
            await command.ExecuteNonQueryAsync();
        }

        foreach (var words in new string[][] { ["users", "list"], ["migrate"] })
        {
            var (exitCode, code, message) = await run.FailAsync(words);
            Assert.Equal((69, "store_unavailable"), (exitCode, code));
            Assert.Contains("newer version", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task StoreIsLockedForGood_Exits69()
    {
        var run = new CommandRunner(_directory.Path)
        {
            LoadSettings = _ =>
                new() { Store = { ConnectionString = new($"Data Source={_directory["authsidecar.db"]};Default Timeout=1") } },
        };
        await run.JsonAsync("users", "list");
        await using var connection = new SqliteConnection($"Data Source={_directory["authsidecar.db"]};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync();

        var (exitCode, code, message) = await run.FailAsync("users", "create", "alice");

        Assert.Equal((69, "store_unavailable"), (exitCode, code));
        Assert.Contains("locked", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_ReportsItsMigrations()
    {
        var run = new CommandRunner(_directory.Path);

        var store = Path.Combine(_directory.Path, "authsidecar.db");
        using var design = new SqliteDesign().CreateDbContext([]);
        var all = string.Join("\",\"", design.Database.GetMigrations());
        Assert.Equal($$"""{"applied":["{{all}}"],"store":"{{store}}"}""", (await run.JsonAsync("migrate")).GetRawText());
        Assert.Equal($$"""{"applied":[],"store":"{{store}}"}""", (await run.JsonAsync("migrate")).GetRawText());
        Assert.Equal((0, $"The store at {store} is up to date.\n", ""), await run.RunAsync("migrate"));
    }
}
