using System.Text.RegularExpressions;

namespace AuthSidecar.Platform.Configuration;

/// <summary>One setting from the environment or the command line.</summary>
/// <param name="Names">Its path.</param>
/// <param name="Text">Its value.</param>
/// <param name="Origin">The variable or argument that sets it.</param>
internal sealed partial record Override(IReadOnlyList<string> Names, string Text, string Origin)
{
    /// <summary>Overrides of the environment, then of the command line.</summary>
    public static IEnumerable<Override> Of(SettingsSource source) =>
        [
            .. source
                .Environment.Where(variable =>
                    variable.Key.StartsWith(SettingsSource.Prefix, StringComparison.Ordinal) && !ServiceLink().IsMatch(variable.Key)
                )
                .Select(variable => new Override(variable.Key[SettingsSource.Prefix.Length..].Split("__"), variable.Value, variable.Key))
                .OrderBy(entry => entry.SortKey, StringComparer.Ordinal),
            .. source.Overrides.Select(OfArgument),
        ];

    // Lists grow from their first entry, so 2 must precede 10.
    private string SortKey => string.Join(':', Names.Select(name => name.PadLeft(char.IsAsciiDigit(name.FirstOrDefault()) ? 10 : 0, '0')));

    private static Override OfArgument(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        var name = argument[..equals];
        return new(name.TrimStart('-').Split(':'), argument[(equals + 1)..], name);
    }

    /// <summary>Variables that Kubernetes sets in every pod for a Service whose name starts with "authsidecar".</summary>
    [GeneratedRegex(@"^[A-Z0-9_]+?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$")]
    private static partial Regex ServiceLink();
}
