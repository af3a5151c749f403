using System.Text.Json;
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

        await run.MakeStoreAsync(new());
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
    public async Task SecretIsMissing_OnlyCommandsThatUseItFail()
    {
        await File.WriteAllTextAsync(
            _directory["mine.json"],
            """
            {
              "DataDirectory": "data",
              "Auth": { "Peppers": ["env:AUTHSIDECAR_TEST_NO_SUCH_VARIABLE"] },
              "Redis": { "ConnectionString": "file:/no/such/file" },
              "Providers": { "openai": { "Credential": "env:AUTHSIDECAR_TEST_NO_SUCH_VARIABLE" } }
            }
            """
        );
        var run = new CommandRunner(_directory["data"]) { LoadSettings = new CommandEnvironment().LoadSettings };
        string[] config = ["--config", _directory["mine.json"]];

        await run.JsonAsync(["migrate", .. config]);
        await run.JsonAsync(["users", "create", "alice", .. config]);
        Assert.Equal(1, (await run.JsonAsync(["users", "list", .. config])).GetProperty("items").GetArrayLength());
        Assert.Equal(
            (78, "invalid_configuration", "Auth:Peppers:0: environment variable AUTHSIDECAR_TEST_NO_SUCH_VARIABLE is not set"),
            await run.FailAsync(["keys", "create", "--user", "alice", .. config])
        );
        Assert.False(File.Exists(_directory["data/pepper"]));
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

        var run = new CommandRunner(_directory["file/data"]) { MakesStore = false };

        foreach (var words in new string[][] { ["users", "list"], ["migrate"] })
        {
            var (exitCode, code, _) = await run.FailAsync(words);
            Assert.Equal((69, "store_unavailable"), (exitCode, code));
        }
    }

    [Theory]
    [InlineData("users list")]
    [InlineData("users create alice")]
    [InlineData("keys create --user alice")]
    [InlineData("usage")]
    [InlineData("prices import nowhere")]
    public async Task ThereIsNoStore_NoneIsMade(string words)
    {
        var run = new CommandRunner(_directory["data"]) { MakesStore = false };

        var (exitCode, code, message) = await run.FailAsync(words.Split(' '));

        Assert.Equal((69, "store_unavailable"), (exitCode, code));
        Assert.StartsWith($"There is no store at {_directory["data/authsidecar.db"]}.", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory["data"]));
    }

    [Fact]
    public async Task FileIsEmpty_IsNoStore()
    {
        await File.WriteAllTextAsync(_directory["authsidecar.db"], "");
        var run = new CommandRunner(_directory.Path) { MakesStore = false };

        Assert.Equal(69, (await run.FailAsync("users", "list")).ExitCode);

        Assert.Equal(0, new FileInfo(_directory["authsidecar.db"]).Length);
        await run.JsonAsync("migrate");
        await run.JsonAsync("users", "list");
    }

    [Fact]
    public async Task EveryCommand_PrintsItsStoreToStandardError()
    {
        var run = new CommandRunner(_directory.Path);
        string[] store = [_directory["authsidecar.db"]];

        foreach (var words in new string[][] { ["users", "list"], ["migrate"], ["keys", "show", "nope"], ["users", "list", "--json"] })
        {
            await run.RunAsync(words);
            Assert.Equal(store, run.Stores);
        }

        var (_, _, error) = await run.RunAsync("keys", "show", "nope", "--json");
        using var document = JsonDocument.Parse(error);
        Assert.Equal(store[0], document.RootElement.GetProperty("store").GetString());
        Assert.Empty(run.Stores);
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
        await run.MakeStoreAsync(new());
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
        var run = new CommandRunner(_directory.Path) { MakesStore = false };

        var store = Path.Combine(_directory.Path, "authsidecar.db");
        using var design = new SqliteDesign().CreateDbContext([]);
        var all = string.Join("\",\"", design.Database.GetMigrations());
        Assert.Equal($$"""{"applied":["{{all}}"],"store":"{{store}}"}""", (await run.JsonAsync("migrate")).GetRawText());
        Assert.Equal($$"""{"applied":[],"store":"{{store}}"}""", (await run.JsonAsync("migrate")).GetRawText());
        Assert.Equal((0, $"The store at {store} is up to date.\n", ""), await run.RunAsync("migrate"));
    }
}
