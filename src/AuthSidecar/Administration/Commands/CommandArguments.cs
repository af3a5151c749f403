namespace AuthSidecar.Administration.Commands;

/// <summary>
/// The command line, parted: <c>--config FILE</c> and <c>--Section:Key=value</c> may stand with every command and are not options of any.
/// Settings begin with a capital letter, which no option does.
/// </summary>
/// <param name="ConfigFile">The file asked for, or null.</param>
/// <param name="Overrides">Words <c>--Section:Key=value</c>.</param>
/// <param name="Rest">What the commands are to see.</param>
/// <param name="Errors">What is wrong with the words, one line each.</param>
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
            var word = args[index];
            if (word == "--")
            {
                rest.AddRange(args.Skip(index));
                break;
            }

            if (word == Config)
            {
                files.Add(index + 1 < args.Count && !args[index + 1].StartsWith("--", StringComparison.Ordinal) ? args[++index] : "");
            }
            else if (word.StartsWith(Config + "=", StringComparison.Ordinal))
            {
                files.Add(word[(Config.Length + 1)..]);
            }
            else if (word is not ['-', '-', >= 'A' and <= 'Z', ..])
            {
                rest.Add(word);
            }
            else if (word.Contains('=', StringComparison.Ordinal))
            {
                overrides.Add(word);
            }
            else
            {
                errors.Add($"{word}: a setting is written in one word, {word}=value");
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
