using System.Text.Json.Nodes;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>The caller data that a case's policy discloses to its upstream.</summary>
internal static class Disclosure
{
    /// <summary>none, id or full.</summary>
    public static string Of(Case one) => (string?)Policy(one)?["Identity"] ?? (HasProvider(one) ? "none" : "full");

    public static bool HasProvider(Case one) => Policy(one)?["Provider"] is not null;

    // Policies selected by rules have no provider.
    private static JsonNode? Policy(Case one) =>
        one.Extensions.TryGetValue("policy", out var name) ? CorpusFiles.Settings(one.Given.Settings)["Policies"]?[name] : null;
}
