namespace AuthSidecar.Platform.Configuration;

/// <summary>Rules that values of several sections share.</summary>
internal static class ValueRules
{
    /// <summary>An error unless the text is one of the words.</summary>
    public static void OneOf(string text, string path, IReadOnlyCollection<string> words, ConfigurationErrors problems)
    {
        if (!words.Contains(text))
        {
            problems.Error(path, $"must be one of {string.Join(", ", words)}, not {problems.Quote(text)}{NearestName.Guess(text, words)}");
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
