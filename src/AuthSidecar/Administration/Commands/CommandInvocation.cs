using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace AuthSidecar.Administration.Commands;

/// <summary>Runs a parsed command line and reports every failure in the same form.</summary>
internal static class CommandInvocation
{
    /// <param name="parse">May throw a <see cref="CommandFailure"/>.</param>
    /// <param name="asJson">Prints failures as JSON.</param>
    /// <param name="environment">Receives the output.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        Func<ParseResult> parse,
        bool asJson,
        CommandEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var parsed = parse();
            return Errors(parsed) is { Count: > 0 } errors
                ? throw CommandFailure.UsageError(string.Join('\n', errors))
                : await parsed.InvokeAsync(Configuration(environment), cancellationToken);
        }
        catch (Exception exception) when (CommandFailure.Of(exception) is { } failure)
        {
            CommandOutput.WriteFailure(environment.Error, failure, asJson);
            return failure.ExitCode;
        }
    }

    // The parser accepts any argument as an option's value, also "--json": a missing value must not become a name or a scope.
    private static List<string> Errors(ParseResult parsed) =>
        parsed.Action is ParseErrorAction
            ? [.. parsed.Errors.Select(error => error.Message).Distinct()]
            :
            [
                .. parsed
                    .Tokens.Zip(parsed.Tokens.Skip(1))
                    .Where(pair => pair is ({ Type: TokenType.Option }, { Type: TokenType.Argument, Value: ['-', '-', ..] }))
                    .Select(pair => $"Option '{pair.First.Value}' needs a value, not '{pair.Second.Value}'."),
            ];

    // A host that a command starts handles signals, so the parser must not; exceptions reach the catch above.
    private static InvocationConfiguration Configuration(CommandEnvironment environment) =>
        new()
        {
            Output = environment.Output,
            Error = environment.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
}
