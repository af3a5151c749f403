using System.CommandLine;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary>One run of a command on the store.</summary>
internal sealed class CommandContext(
    ParseResult arguments,
    SidecarSettings settings,
    Store store,
    CommandOutput output,
    TextWriter error,
    TimeProvider time
)
{
    public ParseResult Arguments => arguments;

    public Store Store => store;

    public CommandOutput Output => output;

    public TimeProvider Time => time;

    public SidecarSettings Settings => settings;

    /// <summary>Prints a warning to standard error.</summary>
    public void Warn(string message) => error.WriteLine($"warning: {message}");

    public async Task<KeyHasher> ReadHasherAsync(CancellationToken cancellationToken) =>
        new(await PepperFile.PeppersOfAsync(settings.Auth.Peppers, settings.DataDirectory, time, cancellationToken));
}
