using System.Globalization;

namespace AuthSidecar.Administration.Pages.Parts;

/// <summary>The meaning of a banner, chip or button: a colour that always stands beside a word.</summary>
public enum Tone
{
    Neutral,
    Info,
    Good,
    Warning,
    Bad,
}

/// <summary>A row of a day chart.</summary>
/// <param name="Day">In UTC.</param>
/// <param name="Value">Its height, not negative; null if unknown, which draws no bar.</param>
/// <param name="Text">The value in words, for example "$ 1.20".</param>
internal sealed record DayBar(DateOnly Day, decimal? Value, string Text);

/// <summary>A table with a row for each day, drawn as columns.</summary>
/// <param name="Caption">What is counted, for example "Cost by day"; also the heading of the card.</param>
/// <param name="ValueName">Heading of the values' column, for example "Cost".</param>
/// <param name="Days">In ascending order, without gaps.</param>
internal sealed record DayChart(string Caption, string ValueName, IReadOnlyList<DayBar> Days)
{
    private const int MostVisibleValues = 10;
    private const int FewDays = 5;
    private const int Labels = 5;
    private const int MostSpacedDays = 62;

    /// <summary>Whether each bar has room for its value above it.</summary>
    public bool ShowsValues => Days.Count <= MostVisibleValues;

    /// <summary>Whether it has the room on a small screen, too.</summary>
    public bool IsFew => Days.Count <= FewDays;

    /// <summary>The class of a bar's height.</summary>
    public string Size(DayBar day) => Bars.Size(day.Value ?? 0, Days.Max(other => other.Value) ?? 0);

    /// <summary>Whether the bars have no room for a gap.</summary>
    public bool IsDense => Days.Count > MostSpacedDays;

    /// <summary>Whether a day is labelled: each of a few, else the first, the last and three at equal distances between.</summary>
    public bool IsLabelled(int index) =>
        ShowsValues || Enumerable.Range(0, Labels).Any(label => index == label * (Days.Count - 1) / (Labels - 1));

    /// <summary>The day of the month, with the month where it is not clear.</summary>
    public string Label(int index)
    {
        var day = Days[index].Day;
        var isOneMonth = Days[0].Day.Month == Days[^1].Day.Month && Days.Count <= 31;
        var followsItsMonth = ShowsValues && index > 0 && day.Day > 1;
        return day.ToString(isOneMonth || followsItsMonth ? "%d" : "d MMM", CultureInfo.InvariantCulture);
    }
}

/// <summary>A row of a ranking.</summary>
/// <param name="Name">A person's word for it.</param>
/// <param name="Value">The length of its bar, not negative; null if unknown, which draws no bar.</param>
/// <param name="Text">The value in words.</param>
/// <param name="Href">Where its name leads, or null.</param>
internal sealed record RankingRow(string Name, decimal? Value, string Text, string? Href = null);

/// <summary>A table of names with a bar under each.</summary>
/// <param name="Caption">The heading of its card, for example "By model".</param>
/// <param name="Name">Heading of the names' column.</param>
/// <param name="ValueName">Heading of the values' column.</param>
/// <param name="Rows">In descending order.</param>
internal sealed record Ranking(string Caption, string Name, string ValueName, IReadOnlyList<RankingRow> Rows)
{
    /// <summary>The class of a bar's length. Rows of one table compare with its largest.</summary>
    public string Size(RankingRow row) => Bars.Size(row.Value ?? 0, Rows.Max(other => other.Value) ?? 0);
}

/// <summary>Links to the neighbouring pages of a list.</summary>
/// <param name="Summary">For example "1 to 50 of 312 keys".</param>
/// <param name="Previous">Null on the first page.</param>
/// <param name="Next">Null on the last page.</param>
internal sealed record Pager(string Summary, string? Previous, string? Next);

/// <summary>A code sample that uses a secret.</summary>
/// <param name="Title">For example "curl" or "Python (openai)".</param>
/// <param name="Code">Its lines.</param>
internal sealed record CodeSample(string Title, string Code);

/// <summary>A secret that is shown once.</summary>
/// <param name="Label">For example "API key".</param>
/// <param name="Secret">The secret itself.</param>
/// <param name="Samples">The lines that use it.</param>
internal sealed record SecretBox(string Label, string Secret, IReadOnlyList<CodeSample> Samples);

/// <summary>What stands where a list has no entry.</summary>
/// <param name="Title">For example "No key yet".</param>
/// <param name="Text">What would be here.</param>
/// <param name="Command">A command to copy, or null.</param>
/// <param name="ActionText">The text of the one next step, or null.</param>
/// <param name="ActionHref">Its address.</param>
internal sealed record EmptyState(string Title, string Text, string? Command = null, string? ActionText = null, string? ActionHref = null);

/// <summary>A message on top of a page, for example <c>ViewData["Alerts"] = new[] { … }</c>.</summary>
internal sealed record PageAlert(Tone Tone, string Title, string Text, string? LinkText = null, string? Href = null);

/// <summary>A column of a data table. A string converts to a column of text.</summary>
/// <param name="Title">Its heading; on small screens the label of each value.</param>
/// <param name="IsNumber">Right-aligned.</param>
/// <param name="IsActions">Holds buttons; the heading is for screen readers only.</param>
/// <param name="IsLong">Holds words without spaces, such as addresses, that may break anywhere.</param>
public sealed record Column(string Title, bool IsNumber = false, bool IsActions = false, bool IsLong = false)
{
    /// <summary>A column of buttons.</summary>
    public static Column Actions { get; } = new("Actions", IsActions: true);

    public static Column Number(string title) => new(title, IsNumber: true);

    public static Column Address(string title) => new(title, IsLong: true);

    public static implicit operator Column(string title) => new(title);

    public static Column FromString(string title) => new(title);
}
