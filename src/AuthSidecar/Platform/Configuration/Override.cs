using System.Text.RegularExpressions;

namespace AuthSidecar.Platform.Configuration;

/// <summary>One setting given outside the file.</summary>
/// <param name="Names">Its path.</param>
/// <param name="Text">What it is set to.</param>
/// <param name="Origin">The variable or word that does it.</param>
internal sealed partial record Override(IReadOnlyList<string> Names, string Text, string Origin)
{
    /// <summary>The environment's, then the command line's.</summary>
    public static IEnumerable<Override> Of(SettingsSource source) =>
        [
            .. source
                .Environment.Where(variable =>
                    variable.Key.StartsWith(SettingsSource.Prefix, StringComparison.Ordinal) && !ServiceLink().IsMatch(variable.Key)
                )
                .Select(variable => new Override(variable.Key[SettingsSource.Prefix.Length..].Split("__"), variable.Value, variable.Key))
                .OrderBy(entry => entry.SortKey, StringComparer.Ordinal),
            .. source.Overrides.Select(OfWord),
        ];

    // Lists grow from their first entry on, so 2 has to come before 10.
    private string SortKey => string.Join(':', Names.Select(name => name.PadLeft(char.IsAsciiDigit(name.FirstOrDefault()) ? 10 : 0, '0')));

    private static Override OfWord(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var name = word[..equals];
        return new(name.TrimStart('-').Split(':'), word[(equals + 1)..], name);
    }

    /// <summary>What Kubernetes sets in every pod beside a Service whose name starts with "authsidecar".</summary>
    [GeneratedRegex(@"^[A-Z0-9_]+?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$")]
    private static partial Regex ServiceLink();
}
