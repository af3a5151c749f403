using System.CommandLine;
using AuthSidecar.Demo;

namespace AuthSidecar.Commands;

/// <summary><c>demo</c>: everything on this machine, from one command.</summary>
internal static class DemoCommand
{
    public static Command Build(CommandEnvironment environment)
    {
        var stay = new Option<bool>("--stay") { Description = "Keep everything running and print what to try." };
        var noFetch = new Option<bool>("--no-fetch") { Description = "Never download Envoy." };
        var command = new Command("demo", "Start an upstream, the sidecar and Envoy in a temporary directory and show what becomes of every kind of request.") { stay, noFetch };
        command.SetAction((words, cancellationToken) =>
            RunAsync(new(words.GetValue(stay), !words.GetValue(noFetch), words.GetValue(CommandLine.Json)), environment, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(DemoSwitches options, CommandEnvironment environment, CancellationToken cancellationToken)
    {
        using var signals = new StopSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Token);
        try
        {
            var isOk = await new DemoRun(options, EnvoyLocator.OfProcess, environment.Output, environment.Error).RunAsync(stop.Token);
            return isOk ? ExitCode.Done : ExitCode.Refused;
        }
        catch (DemoFailure failure)
        {
            throw new CommandFailure(ExitCode.Refused, "demo_failed", failure.Message);
        }
    }
}
