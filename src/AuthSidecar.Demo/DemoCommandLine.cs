using System.CommandLine;
using AuthSidecar.Administration.Commands;
using AuthSidecar.Demo.Proxy;
using AuthSidecar.Demo.Workspace;

namespace AuthSidecar.Demo;

/// <summary>The command line of the demo; exit codes and error format are those of the sidecar's commands.</summary>
internal static class DemoCommandLine
{
    private const string Description =
        "Start an upstream, the sidecar and Envoy in a temporary directory and show what becomes of every kind of request.";

    public static Task<int> RunAsync(string[] arguments, CommandEnvironment environment, CancellationToken cancellationToken) =>
        CommandInvocation.RunAsync(
            () => Build(environment).Parse(arguments),
            arguments.Contains(CommandLine.Json.Name),
            environment,
            cancellationToken
        );

    private static RootCommand Build(CommandEnvironment environment)
    {
        var stay = new Option<bool>("--stay") { Description = "Keep everything running and print what to try." };
        var noFetch = new Option<bool>("--no-fetch") { Description = "Never download Envoy." };
        var root = new RootCommand(Description) { stay, noFetch, CommandLine.Json, UpstreamCommand.Build(environment) };
        root.SetAction(
            (result, cancellationToken) =>
            {
                var switches = new DemoSwitches(result.GetValue(stay), !result.GetValue(noFetch), result.GetValue(CommandLine.Json));
                return RunAsync(switches, environment, cancellationToken);
            }
        );
        return root;
    }

    private static async Task<int> RunAsync(DemoSwitches switches, CommandEnvironment environment, CancellationToken cancellationToken)
    {
        using var signals = new StopSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Token);
        try
        {
            var isOk = await new DemoRun(switches, EnvoyLocator.OfProcess, environment.Output, environment.Error).RunAsync(stop.Token);
            return isOk ? ExitCode.Done : ExitCode.Refused;
        }
        catch (DemoFailure failure)
        {
            throw new CommandFailure(ExitCode.Refused, "demo_failed", failure.Message);
        }
    }
}
