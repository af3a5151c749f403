namespace AuthSidecar.Platform.Configuration;

/// <summary>Rules of values of several sections.</summary>
internal static class ValueRules
{
    /// <summary>An error unless the text is one of the choices.</summary>
    public static void OneOf(string text, string path, IReadOnlyCollection<string> choices, ConfigurationErrors problems)
    {
        if (!choices.Contains(text))
        {
            problems.Error(
                path,
                $"must be one of {string.Join(", ", choices)}, not {problems.Quote(text)}{NearestName.Guess(text, choices)}"
            );
        }
    }

    /// <summary>An error unless the text is an absolute http or https address, or empty.</summary>
    public static Uri? WebAddress(string text, string path, ConfigurationErrors problems)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        {
            return uri;
        }

        if (text.Length > 0)
        {
            problems.Error(path, $"must be an http:// or https:// address, not {problems.Quote(text)}");
        }

        return null;
    }
}
