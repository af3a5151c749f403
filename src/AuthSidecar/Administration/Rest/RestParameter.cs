using System.Text.Json;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Rest;

/// <summary>A parameter of the query string, as documented; a route accepts no others.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">Its meaning, for the OpenAPI document.</param>
internal sealed record RestParameter(string Name, string Description)
{
    /// <summary>The possible words; null: free text.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>A whole number from <c>Least</c> to <c>Most</c>; null: text.</summary>
    public (int Least, int Most)? Range { get; init; }

    /// <summary>Value of a missing number; null: none.</summary>
    public int? Usual { get; init; }

    public static RestParameter Limit { get; } = new("limit", "Items of a page.") { Range = (1, ListFilter.Most), Usual = 50 };

    public static RestParameter Cursor { get; } = new("cursor", "`next` of the page before; without it the list begins.");

    public static RestParameter Format { get; } =
        new("format", "Format of the answer; without it `Accept` decides.") { Words = ["json", "csv"] };

    public static RestParameter Search { get; } = new("q", "Text within a name or an id, in any case of ASCII letters.");

    /// <summary>A parameter whose values are the words of an enumeration.</summary>
    public static RestParameter Of<T>(string name, string description)
        where T : struct, Enum => new(name, description) { Words = WordsOf<T>() };

    public static IReadOnlyList<string> WordsOf<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(WordOf)];

    /// <param name="words">The enumeration.</param>
    public static IReadOnlyList<string> WordsOf(Type words) =>
        [.. Enum.GetNames(words).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    /// <summary>As in JSON.</summary>
    public static string WordOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
