using System.CommandLine;
using AuthSidecar.Administration.Commands;
using AuthSidecar.Demo.Upstream;
using AuthSidecar.Platform.Hosting;

namespace AuthSidecar.Demo;

/// <summary><c>upstream</c>: the demo's upstream alone, for docker-compose.yml.</summary>
internal static class UpstreamCommand
{
    public static Command Build(CommandEnvironment environment)
    {
        var listen = new Option<string>("--listen")
        {
            Description = "The address to listen on.",
            HelpName = "http://HOST:PORT",
            Required = true,
        };
        listen.Validators.Add(result =>
        {
            if (Problem(result.GetValueOrDefault<string>()) is { } problem)
            {
                result.AddError($"--listen: {problem}.");
            }
        });
        var command = new Command("upstream", "Run the demo's upstream alone.") { listen };
        command.SetAction((result, cancellationToken) => RunAsync(result.GetValue(listen)!, environment, cancellationToken));
        return command;
    }

    private static string? Problem(string text) =>
        !ListenAddress.TryParse(text, out var address, out var error) ? error
        : address.SocketPath is not null ? "write http://HOST:PORT"
        : null;

    private static async Task<int> RunAsync(string listen, CommandEnvironment environment, CancellationToken cancellationToken)
    {
        if (!ListenAddress.TryParse(listen, out var address, out var error))
        {
            throw new InvalidOperationException(error);
        }

        try
        {
            await using var upstream = await DemoUpstream.StartAsync(address, null, cancellationToken);
            await environment.Output.WriteLineAsync($"listening {upstream.Address.GetLeftPart(UriPartial.Authority)}");
            await environment.Output.FlushAsync(cancellationToken);
            await upstream.WaitForShutdownAsync(cancellationToken);
            return ExitCode.Done;
        }
        catch (IOException problem)
        {
            throw new CommandFailure(ExitCode.Refused, "cannot_listen", problem.Message);
        }
    }
}
