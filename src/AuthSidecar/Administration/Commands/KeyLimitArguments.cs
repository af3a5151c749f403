using System.CommandLine;
using System.CommandLine.Parsing;
using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Administration.Commands;

/// <summary>The options of a key's own limits.</summary>
internal sealed class KeyLimitArguments
{
    private readonly Option<int?> _permits = OptionWithValue.Count(
        "--permits",
        "Requests in any window, instead of the policy's limit; 0: no limit."
    );

    private readonly Option<TimeSpan?> _window = OptionWithValue.Span("--window", "Window of --permits.");

    private readonly Option<long?> _tokens = OptionWithValue.LargeCount(
        "--tokens",
        "Tokens in any window, instead of the policy's limit; 0: no limit."
    );

    private readonly Option<TimeSpan?> _tokenWindow = OptionWithValue.Span("--token-window", "Window of --tokens.");

    private readonly Option<int?> _parallel = OptionWithValue.Count(
        "--parallel",
        "Requests that may run at a time, instead of the policy's limit; 0: no limit."
    );

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _permits, _window, _tokens, _tokenWindow, _parallel })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            RequireBoth(result, _permits, _window);
            RequireBoth(result, _tokens, _tokenWindow);
        });
    }

    /// <summary>Null: not given, as of the others.</summary>
    public KeyLimit? LimitOf(ParseResult arguments) =>
        arguments.GetValue(_permits) is { } count && arguments.GetValue(_window) is { } span ? new(count, span) : null;

    public TokenLimit? TokenLimitOf(ParseResult arguments) =>
        arguments.GetValue(_tokens) is { } count && arguments.GetValue(_tokenWindow) is { } span ? new(count, span) : null;

    public int? ParallelOf(ParseResult arguments) => arguments.GetValue(_parallel);

    private static void RequireBoth(CommandResult result, Option number, Option window)
    {
        if (result.GetResult(number) is null != result.GetResult(window) is null)
        {
            result.AddError($"{number.Name} and {window.Name} go together.");
        }
    }
}
