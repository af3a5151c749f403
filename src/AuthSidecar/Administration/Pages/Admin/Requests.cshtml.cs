using AuthSidecar.Administration.Pages.Me;
using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>The requests of all, and the form that finds one by its decision id.</summary>
internal sealed class RequestsModel(ListRequests list, FindUsage find, ShowUser users, FindNames findNames, TimeProvider time)
    : AdminListPage<UsageRow>
{
    private const int MostDays = 366;
    private const string DayError = "Enter a day such as 2026-01-31.";
    private RequestFilter _wanted = new(default, default);

    [BindProperty(SupportsGet = true, Name = "id")]
    public string? DecisionId { get; set; }

    /// <summary>Name or id.</summary>
    [BindProperty(SupportsGet = true, Name = "user")]
    public string? Person { get; set; }

    [BindProperty(SupportsGet = true, Name = "key")]
    public string? Key { get; set; }

    [BindProperty(SupportsGet = true, Name = "app")]
    public string? App { get; set; }

    [BindProperty(SupportsGet = true, Name = "model")]
    public string? ModelName { get; set; }

    [BindProperty(SupportsGet = true, Name = "show")]
    public string? Show { get; set; }

    [BindProperty(SupportsGet = true, Name = "from")]
    public string? FromText { get; set; }

    [BindProperty(SupportsGet = true, Name = "to")]
    public string? ToText { get; set; }

    public static IReadOnlyList<SelectListItem> Ends { get; } =
    [new("All", ""), .. Enum.GetValues<RequestEnd>().Select(end => new SelectListItem(RequestWords.Of(end), WordOf(end)))];

    public Names Names { get; private set; } = Names.None;

    public DaysOption Days { get; private set; } = DaysOption.Of(DaysOption.Usual, time);

    public override string Path => "/ui/admin/requests";

    public Pager Pages =>
        new(
            $"{Formats.Count(List.Items.Count, "request")}{(List.Next is null && After is null ? "" : " on this page")}",
            After is null ? null : Links.To(Path, Filter),
            List.Next is { } next ? Links.To(Path, [.. Filter, ("after", next)]) : null
        );

    protected override IReadOnlyList<(string Name, string? Value)> Filter =>
        [("user", Person), ("key", Key), ("app", App), ("model", ModelName), ("show", Show), ("from", FromText), ("to", ToText)];

    public override async Task<IActionResult> OnGetAsync()
    {
        var found = Any(DecisionId) is { } id ? await find.ByIdAsync(id, Aborted) : (Outcome<UsageRow>?)null;
        if (found is { Refusal: null } one)
        {
            return new SeeOther($"{Path}/{one.Value.DecisionId}");
        }

        ReadDays();
        await ReadFilterAsync();
        if (ModelState.IsValid)
        {
            _ = await base.OnGetAsync();
            Names = await findNames.RunAsync(List.Items.Select(row => row.UserId), List.Items.Select(row => row.KeyId), Aborted);
        }

        if (found?.Refusal is { } unknown)
        {
            Refuse(unknown, "id");
        }

        return Page();
    }

    protected override string FieldOf(Refusal refusal) => "";

    protected override Task<Outcome<Page<UsageRow>>> ReadAsync() => list.RunAsync(_wanted, Aborted);

    private void ReadDays()
    {
        var (first, last) = (Days.First, Days.Last);
        Check("from", IsDay(FromText, ref first) ? null : DayError);
        Check("to", IsDay(ToText, ref last) ? null : DayError);
        last = last > Days.Last ? Days.Last : last;
        if (Any(FromText) is null && last.DayNumber > DaysOption.Usual)
        {
            first = last.AddDays(1 - DaysOption.Usual);
        }

        if (ModelState.IsValid)
        {
            Check("from", first > last ? "The first day is after the last." : null);
            Check("from", last.DayNumber - first.DayNumber >= MostDays ? $"Choose at most {MostDays} days." : null);
        }

        Days = ModelState.IsValid ? new(last.DayNumber - first.DayNumber + 1, first, last) : Days;
    }

    private async Task ReadFilterAsync()
    {
        var user = Any(Person) is { } person ? await users.RunAsync(person, Aborted) : (Outcome<ShownUser>?)null;
        if (user?.Refusal is { } unknown)
        {
            Refuse(unknown, "user");
        }

        var end = Enum.GetValues<RequestEnd>().Cast<RequestEnd?>().FirstOrDefault(end => WordOf(end!.Value) == Show);
        Check("show", end is null && !string.IsNullOrEmpty(Show) ? "Choose one of the list." : null);
        Check("key", Any(Key) is { } key ? Rules.Id("key", key) : null);
        Check("app", Any(App) is { } app ? Rules.Id("app", app) : null);
        Check("model", Any(ModelName) is { } model && !Rules.IsPrintable(model) ? "Enter the name of a model." : null);
        _wanted = new(Days.First, Days.Last)
        {
            UserId = user is { Refusal: null } found ? found.Value.User.Id : null,
            KeyId = Any(Key),
            App = Any(App),
            Model = Any(ModelName),
            End = end,
            Take = PerPage,
            After = After,
        };
    }

    private static bool IsDay(string? text, ref DateOnly day) => Any(text) is not { } given || UsageQuery.TryParseDay(given, out day);

    private static string WordOf(RequestEnd end) => end.ToString().ToLowerInvariant();
}
