namespace AuthSidecar.Administration.Commands;

/// <summary>
/// The arguments of the process, divided: every command accepts <c>--config FILE</c> and <c>--Section:Key=value</c>, which are not options
/// of the parser. Settings begin with a capital letter, options do not.
/// </summary>
/// <param name="ConfigFile">File of <c>--config</c>, or null.</param>
/// <param name="Overrides">Arguments <c>--Section:Key=value</c>.</param>
/// <param name="Rest">Arguments for the parser.</param>
/// <param name="Errors">Usage errors, one line each.</param>
internal sealed record CommandArguments(
    string? ConfigFile,
    IReadOnlyList<string> Overrides,
    IReadOnlyList<string> Rest,
    IReadOnlyList<string> Errors
)
{
    private const string Config = "--config";

    public static CommandArguments Of(IReadOnlyList<string> args)
    {
        var (files, overrides, rest, errors) = (new List<string>(), new List<string>(), new List<string>(), new List<string>());
        for (var index = 0; index < args.Count; index++)
        {
            var argument = args[index];
            if (argument == "--")
            {
                rest.AddRange(args.Skip(index));
                break;
            }

            if (argument == Config)
            {
                files.Add(index + 1 < args.Count && !args[index + 1].StartsWith("--", StringComparison.Ordinal) ? args[++index] : "");
            }
            else if (argument.StartsWith(Config + "=", StringComparison.Ordinal))
            {
                files.Add(argument[(Config.Length + 1)..]);
            }
            else if (argument is not ['-', '-', >= 'A' and <= 'Z', ..])
            {
                rest.Add(argument);
            }
            else if (argument.Contains('=', StringComparison.Ordinal))
            {
                overrides.Add(argument);
            }
            else
            {
                errors.Add($"{argument}: a setting is one argument, {argument}=value");
            }
        }

        if (files.Count > 1)
        {
            errors.Add($"{Config}: given twice; keep one");
        }
        else if (files is [""])
        {
            errors.Add($"{Config} needs a value: name the file after it");
        }

        return new(files.LastOrDefault(), overrides, rest, errors);
    }
}
