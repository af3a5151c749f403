namespace AuthSidecar.Decisions.Text;

/// <summary>Lists as the store keeps them: words between single spaces.</summary>
internal static class SpaceSeparated
{
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Distinct(StringComparer.Ordinal));

    public static IReadOnlyList<string> Split(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
