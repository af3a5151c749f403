using System.Text.Json;
using AuthSidecar.Administration.Commands;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Tests.Administration.Commands;

/// <summary>Runs commands as separate processes would: they share only the directory.</summary>
internal sealed class CommandRunner(string dataDirectory)
{
    public Func<SettingsSource, SidecarSettings>? LoadSettings { get; init; }

    /// <summary>All output of all commands.</summary>
    public StringWriter Printed { get; } = new();

    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] words)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var environment = new CommandEnvironment
        {
            LoadSettings = LoadSettings ?? (_ => new() { DataDirectory = dataDirectory }),
            Output = output,
            Error = error,
        };
        var exitCode = await CommandLine.RunAsync(words, environment, CancellationToken.None);
        await Printed.WriteAsync($"{output}{error}");
        return (exitCode, output.ToString(), error.ToString());
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
