namespace AuthSidecar.Decisions.Text;

/// <summary>Lists in the format of the store: entries separated by single spaces.</summary>
internal static class SpaceSeparated
{
    public static string Join(IEnumerable<string> entries) => string.Join(' ', entries.Distinct(StringComparer.Ordinal));

    public static IReadOnlyList<string> Split(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
