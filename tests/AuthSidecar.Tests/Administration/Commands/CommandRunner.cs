using System.Text.Json;
using AuthSidecar.Administration.Commands;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;

namespace AuthSidecar.Tests.Administration.Commands;

/// <summary>Runs commands as separate processes would: they share only the directory.</summary>
internal sealed class CommandRunner(string dataDirectory)
{
    private const string StoreLine = "store: ";

    public Func<SettingsSource, SidecarSettings>? LoadSettings { get; init; }

    public SidecarSettings Settings { get; } = new() { DataDirectory = dataDirectory };

    public string Input { get; init; } = "";

    public Func<string, string?> Ask { get; init; } = _ => null;

    /// <summary>All output of all commands.</summary>
    public StringWriter Printed { get; } = new();

    /// <summary>False: the store exists only if a command makes it.</summary>
    public bool MakesStore { get; init; } = true;

    /// <summary>Names of the stores that the last command printed to standard error.</summary>
    public IReadOnlyList<string> Stores { get; private set; } = [];

    /// <returns>The error is without the lines that name the store.</returns>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] words)
    {
        if (MakesStore && dataDirectory.Length > 0 && LoadSettings is null && !File.Exists(Path.Combine(dataDirectory, "authsidecar.db")))
        {
            await MakeStoreAsync(new());
        }

        var (output, error) = (new StringWriter(), new StringWriter());
        var environment = new CommandEnvironment
        {
            LoadSettings = LoadSettings ?? (_ => Settings),
            Input = new StringReader(Input),
            Ask = Ask,
            Output = output,
            Error = error,
        };
        var exitCode = await CommandLine.RunAsync(words, environment, CancellationToken.None);
        await Printed.WriteAsync($"{output}{error}");
        var lines = error.ToString().Split('\n');
        Stores = [.. lines.Where(IsStore).Select(line => line[StoreLine.Length..])];
        return (exitCode, output.ToString(), string.Join('\n', lines.Where(line => !IsStore(line))));

        static bool IsStore(string line) => line.StartsWith(StoreLine, StringComparison.Ordinal);
    }

    /// <summary>Makes the store, as the first start of a sidecar does.</summary>
    public async Task MakeStoreAsync(StoreOptions options)
    {
        await using var store = SqliteStore.For(options, dataDirectory, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
    }

    /// <summary>Adds a user whose name only older versions allowed.</summary>
    public async Task AddOldUserAsync(string name, string? id = null)
    {
        await using var store = SqliteStore.For(new(), dataDirectory, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        await using var context = store.Open();
        context.Users.Add(new() { Id = id ?? Guid.NewGuid().ToString(), Name = name });
        await context.SaveChangesAsync();
    }

    /// <summary>Runs a command with <c>--json</c> that must succeed, with no warnings but those of wide keys.</summary>
    public async Task<JsonElement> JsonAsync(params string[] words)
    {
        var (exitCode, output, error) = await RunAsync([.. words, "--json"]);
        var others = error.Split('\n').Where(line => !line.StartsWith("warning: the key ", StringComparison.Ordinal));
        Assert.Equal((0, ""), (exitCode, string.Join('\n', others)));
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    /// <summary>Runs a command with <c>--json</c> that must fail.</summary>
    public async Task<(int ExitCode, string Code, string Message)> FailAsync(params string[] words)
    {
        var (exitCode, output, error) = await RunAsync([.. words, "--json"]);
        Assert.Equal("", output);
        using var document = JsonDocument.Parse(error);
        Assert.Equal(
            ["error", "message"],
            document.RootElement.EnumerateObject().Select(property => property.Name).Where(name => name != "store")
        );
        return (exitCode, document.RootElement.GetProperty("error").GetString()!, document.RootElement.GetProperty("message").GetString()!);
    }
}
