using System.CommandLine;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>completion</c></summary>
internal static class CompletionCommand
{
    public static Command Build()
    {
        var shell = new Argument<string>("SHELL") { Description = "The shell.", HelpName = string.Join('|', CompletionScripts.Shells) };
        shell.AcceptOnlyFromAmong([.. CompletionScripts.Shells]);
        var command = new Command("completion", "Print a script that completes commands in a shell.") { shell };
        command.SetAction(parsed =>
        {
            var name = parsed.GetRequiredValue(shell);
            var script = CompletionScripts.Of(name);
            new CommandOutput(parsed.InvocationConfiguration.Output, parsed.GetValue(CommandLine.Json)).Write(
                new { Shell = name, Script = script },
                writer => writer.Write(script)
            );
            return ExitCode.Done;
        });
        return command;
    }
}
