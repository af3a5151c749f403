using System.CommandLine;
using System.Runtime.InteropServices;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>version</c></summary>
internal static class VersionCommand
{
    public static Command Build()
    {
        var command = new Command("version", "Print the version, the commit of its source and the runtime.");
        command.SetAction(parsed =>
        {
            var (version, commit, runtime) = (BuildInfo.Version, BuildInfo.Revision, RuntimeInformation.FrameworkDescription);
            new CommandOutput(parsed.InvocationConfiguration.Output, parsed.GetValue(CommandLine.Json)).Write(
                new
                {
                    Version = version,
                    Commit = commit,
                    Runtime = runtime,
                },
                writer => writer.WriteLine($"authsidecar {version}{(commit is null ? "" : $" ({commit})")}, {runtime}")
            );
            return ExitCode.Done;
        });
        return command;
    }
}
