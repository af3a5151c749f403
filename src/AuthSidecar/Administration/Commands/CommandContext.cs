using System.CommandLine;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary>One run of a command on the store.</summary>
internal sealed class CommandContext(ParseResult arguments, SidecarSettings settings, Store store, CommandEnvironment environment)
{
    public ParseResult Arguments => arguments;

    public Store Store => store;

    /// <summary>True: results and errors are JSON documents.</summary>
    public bool IsJson => arguments.GetValue(CommandLine.Json);

    public CommandOutput Output => field ??= new(environment.Output, IsJson);

    public TimeProvider Time => environment.Time;

    public SidecarSettings Settings => settings;

    /// <summary>Prints a warning to standard error.</summary>
    public void Warn(string message) => environment.Error.WriteLine($"warning: {message}");

    /// <summary>Standard input, without the end of its last line.</summary>
    public async Task<string> ReadInputAsync(CancellationToken cancellationToken)
    {
        var text = await environment.Input.ReadToEndAsync(cancellationToken);
        return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2]
            : text.EndsWith('\n') ? text[..^1]
            : text;
    }

    /// <summary>Asks on the terminal, without echo; null: there is no terminal.</summary>
    public string? Ask(string prompt) => environment.Ask(prompt);

    public async Task<KeyHasher> ReadHasherAsync(CancellationToken cancellationToken) =>
        new(
            await PepperFile.PeppersOfAsync(settings.Auth.Peppers, settings.DataDirectory, environment.Time, cancellationToken),
            settings.Auth.LegacyPepper
        );
}
