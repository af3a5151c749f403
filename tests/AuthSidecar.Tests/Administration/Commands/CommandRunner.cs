using System.Text.Json;
using AuthSidecar.Administration.Commands;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage.Sqlite;

namespace AuthSidecar.Tests.Administration.Commands;

/// <summary>Runs commands as separate processes would: they share only the directory.</summary>
internal sealed class CommandRunner(string dataDirectory)
{
    public Func<SettingsSource, SidecarSettings>? LoadSettings { get; init; }

    public string Input { get; init; } = "";

    public Func<string, string?> Ask { get; init; } = _ => null;

    /// <summary>All output of all commands.</summary>
    public StringWriter Printed { get; } = new();

    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] words)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var environment = new CommandEnvironment
        {
            LoadSettings = LoadSettings ?? (_ => new() { DataDirectory = dataDirectory }),
            Input = new StringReader(Input),
            Ask = Ask,
            Output = output,
            Error = error,
        };
        var exitCode = await CommandLine.RunAsync(words, environment, CancellationToken.None);
        await Printed.WriteAsync($"{output}{error}");
        return (exitCode, output.ToString(), error.ToString());
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

    /// <summary>Runs a command with <c>--json</c> that must succeed.</summary>
    public async Task<JsonElement> JsonAsync(params string[] words)
    {
        var (exitCode, output, error) = await RunAsync([.. words, "--json"]);
        Assert.Equal((0, ""), (exitCode, error));
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    /// <summary>Runs a command with <c>--json</c> that must fail.</summary>
    public async Task<(int ExitCode, string Code, string Message)> FailAsync(params string[] words)
    {
        var (exitCode, output, error) = await RunAsync([.. words, "--json"]);
        Assert.Equal("", output);
        using var document = JsonDocument.Parse(error);
        Assert.Equal(["error", "message"], document.RootElement.EnumerateObject().Select(property => property.Name));
        return (exitCode, document.RootElement.GetProperty("error").GetString()!, document.RootElement.GetProperty("message").GetString()!);
    }
}
