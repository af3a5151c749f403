using System.Text;
using AuthSidecar.Administration.Pages.Me;
using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>What all used, by day and by another group.</summary>
internal sealed class UsageModel(SumUsage sums, ShowUser users, FindNames findNames, TimeProvider time) : AdminPage
{
    private const int MostRows = 200;
    private const int MostDays = 366;
    private const string Csv = "csv";
    private Names _names = Names.None;
    private UsageGroup _group = UsageGroup.Model;

    [BindProperty(SupportsGet = true, Name = "from")]
    public string? FromText { get; set; }

    [BindProperty(SupportsGet = true, Name = "to")]
    public string? ToText { get; set; }

    [BindProperty(SupportsGet = true, Name = "by")]
    public string? By { get; set; }

    /// <summary>Name or id.</summary>
    [BindProperty(SupportsGet = true, Name = "user")]
    public string? Person { get; set; }

    [BindProperty(SupportsGet = true, Name = "key")]
    public string? Key { get; set; }

    [BindProperty(SupportsGet = true, Name = "model")]
    public string? ModelName { get; set; }

    [BindProperty(SupportsGet = true, Name = "tenant")]
    public string? Tenant { get; set; }

    [BindProperty(SupportsGet = true, Name = "provider")]
    public string? Provider { get; set; }

    public static IReadOnlyList<SelectListItem> Groups { get; } =
    [.. UsageGroups.Words.Select(word => new SelectListItem(Title(word), word))];

    public DateOnly First { get; private set; }

    public DateOnly Last { get; private set; }

    public UsageFigures Figures { get; private set; } = UsageFigures.None;

    public DayChart Chart => Figures.ByDay(new(Last.DayNumber - First.DayNumber + 1, First, Last));

    public IReadOnlyList<UsageSum> Rows { get; private set; } = [];

    /// <summary>Number of rows, also of those that are not shown.</summary>
    public int Total { get; private set; }

    public string GroupTitle => Title(By!);

    public bool IsFiltered => Filters.Any(one => !string.IsNullOrEmpty(one.Value));

    public string CsvHref => Links.To("/ui/admin/usage", [.. Range, ("by", By), .. Filters, ("format", Csv)]);

    private IReadOnlyList<(string Name, string? Value)> Range => [("from", UsageQuery.Text(First)), ("to", UsageQuery.Text(Last))];

    private IReadOnlyList<(string Name, string? Value)> Filters =>
        [("user", Person), ("key", Key), ("model", ModelName), ("tenant", Tenant), ("provider", Provider)];

    public async Task<IActionResult> OnGetAsync(string? format)
    {
        ReadRange();
        ReadGroup();
        var query = await QueryAsync();
        if (!ModelState.IsValid)
        {
            return Page();
        }

        var rows = await sums.RunAsync(query, Aborted);
        if (format == Csv)
        {
            var name = $"usage-by-{By}-{UsageQuery.Text(First)}-to-{UsageQuery.Text(Last)}.csv";
            return File(Encoding.UTF8.GetBytes(Reports.Csv.Write(rows)), "text/csv; charset=utf-8", name);
        }

        Figures = new(_group == UsageGroup.Day ? rows : await sums.RunAsync(query with { By = UsageGroup.Day }, Aborted));
        (Rows, Total) = ([.. rows.Take(MostRows)], rows.Count);
        _names = await findNames.RunAsync(
            _group == UsageGroup.User ? Rows.Select(row => row.Group) : [],
            _group == UsageGroup.Key ? Rows.Select(row => row.Group) : [],
            Aborted
        );
        return Page();
    }

    public string NameOf(UsageSum sum) =>
        (sum.Group, _group) switch
        {
            (null, _) => "unknown",
            ({ } day, UsageGroup.Day) when UsageQuery.TryParseDay(day, out var date) => Formats.Date(date),
            ({ } id, UsageGroup.User) => _names.User(id),
            ({ } id, UsageGroup.Key) => _names.Key(id),
            ({ } name, _) => name,
        };

    /// <summary>The same report for only this group; for a user or a key, its page.</summary>
    public string? HrefOf(UsageSum sum) =>
        (sum.Group, _group) switch
        {
            (null, _) or (_, UsageGroup.Day) => null,
            ({ } id, UsageGroup.User) => _names.Users.ContainsKey(id) ? Links.User(id) : null,
            ({ } id, UsageGroup.Key) => Links.Key(id),
            ({ } name, _) => Links.To("/ui/admin/usage", [.. Range, ("by", "user"), .. Filters.Where(one => one.Name != By), (By!, name)]),
        };

    private void ReadRange()
    {
        Last = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        First = new(Last.Year, Last.Month, 1);
        var (from, to) = (First, Last);
        var isFrom = string.IsNullOrEmpty(FromText) || UsageQuery.TryParseDay(FromText, out from);
        var isTo = string.IsNullOrEmpty(ToText) || UsageQuery.TryParseDay(ToText, out to);
        if (string.IsNullOrEmpty(FromText) && isTo)
        {
            from = new(to.Year, to.Month, 1);
        }

        Check("from", isFrom ? null : "Enter a day such as 2026-01-31.");
        Check("to", isTo ? null : "Enter a day such as 2026-01-31.");
        if (ModelState.IsValid)
        {
            Check("from", from > to ? "The first day is after the last." : null);
            Check("from", to.DayNumber - from.DayNumber >= MostDays ? $"Choose at most {MostDays} days." : null);
        }

        if (ModelState.IsValid)
        {
            (First, Last) = (from, to);
        }

        (FromText, ToText) = (UsageQuery.Text(First), UsageQuery.Text(Last));
    }

    private void ReadGroup()
    {
        var group = string.IsNullOrEmpty(By) ? UsageGroup.Model : UsageGroups.Find(By);
        Check("by", group is null ? "Choose one of the groups." : null);
        _group = group ?? UsageGroup.Model;
        By = UsageGroups.Words[(int)_group];
    }

    private async Task<UsageQuery> QueryAsync()
    {
        var user = Person is { Length: > 0 } ? await users.RunAsync(Person, Aborted) : (Outcome<ShownUser>?)null;
        if (user?.Refusal is { } refusal)
        {
            Refuse(refusal, "user");
        }

        var query = new UsageQuery(_group, First, Last)
        {
            UserId = user is { Refusal: null } found ? found.Value.User.Id : null,
            KeyId = Any(Key),
            Filter = new(Any(Tenant), Any(Provider), Any(ModelName)),
        };
        Check("", query.FilterError);
        return query;
    }

    private static string? Any(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static string Title(string word) => string.Concat(char.ToUpperInvariant(word[0]).ToString(), word.AsSpan(1));
}
