using System.Globalization;
using System.Text.RegularExpressions;

namespace AuthSidecar.Tests.Documents;

/// <summary>docs/decisions: every decision has a status and a date, and every page is in the index.</summary>
public sealed partial class DecisionDocumentsTests
{
    private const string Folder = "docs/decisions/";
    private const string Index = Folder + "README.md";

    private static readonly IReadOnlyList<string> _pages =
    [
        .. Manual.All.Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name != Index),
    ];

    [Fact]
    public void Decisions_HaveAStatusAndADate() =>
        Assert.Empty(
            Decisions().Where(decision => !Status().IsMatch(decision.Text)).Select(decision => $"{decision.Page}: {decision.Title}")
        );

    [Fact]
    public void Decisions_HaveATextAndATitleOfTheirOwn()
    {
        Assert.All(Decisions(), decision => Assert.True(Status().Replace(decision.Text, "").Trim().Length > 50, decision.Title));
        Assert.Empty(Decisions().GroupBy(decision => decision.Title).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    [Fact]
    public void Dates_AreDays_NewestFirst()
    {
        foreach (var page in Decisions().GroupBy(decision => decision.Page))
        {
            var dates = page.Select(decision => Status().Match(decision.Text).Groups["date"].Value)
                .Select(date => DateOnly.ParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture))
                .ToList();

            Assert.Equal(dates.OrderDescending(), dates);
        }
    }

    [Fact]
    public void Index_HasEveryPage() =>
        Assert.Equal(
            _pages.Select(name => name[Folder.Length..]),
            Listed().Matches(Manual.Page(Index).Text).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal)
        );

    private static IReadOnlyList<Decision> Decisions() =>
        [
            .. from name in _pages
            from section in Manual.Page(name).Text.Split("\n## ").Skip(1)
            let parts = section.Split('\n', 2)
            select new Decision(name, parts[0], parts[1]),
        ];

    [GeneratedRegex(@"^\n(?:Accepted (?<date>\d{4}-\d\d-\d\d)|Superseded (?<date>\d{4}-\d\d-\d\d) by \[[^\]]+\]\([^)]+\))\.\n")]
    private static partial Regex Status();

    [GeneratedRegex(@"^\| \[(?<name>[a-z-]+\.md)\]\(\k<name>\) \| .+ \|$", RegexOptions.Multiline)]
    private static partial Regex Listed();

    private sealed record Decision(string Page, string Title, string Text);
}
