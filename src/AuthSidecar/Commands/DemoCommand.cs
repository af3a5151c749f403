using System.CommandLine;
using AuthSidecar.Demo;

namespace AuthSidecar.Commands;

/// <summary><c>demo</c>: everything on this machine, from one command.</summary>
internal static class DemoCommand
{
    /// <param name="json">The option by which every command prints one JSON document.</param>
    public static Command Build(Option<bool> json)
    {
        var stay = new Option<bool>("--stay") { Description = "Keep everything running and print what to try." };
        var noFetch = new Option<bool>("--no-fetch") { Description = "Never download Envoy." };
        var command = new Command("demo", "Start an upstream, the sidecar and Envoy in a temporary directory and show what becomes of every kind of request.") { stay, noFetch };
        command.SetAction(async (words, cancellationToken) =>
        {
            var options = new DemoOptions(words.GetValue(stay), !words.GetValue(noFetch), words.GetValue(json));
            var console = words.InvocationConfiguration;
            using var signals = new StopSignals();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Token);
            var isOk = await new DemoRun(options, EnvoyLocator.OfProcess, console.Output, console.Error).RunAsync(stop.Token);
            return isOk ? ExitCode.Done : ExitCode.Refused;
        });
        return command;
    }
}
