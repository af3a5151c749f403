using AuthSidecar.Administration.Budgets;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>A budget in a person's words.</summary>
/// <param name="Scope">Its scope in forms.</param>
/// <param name="Subject">Its subject in forms.</param>
/// <param name="Name">Name of its subject.</param>
/// <param name="Href">Page of its subject; null: none.</param>
/// <param name="Meaning">For whom it is, for example "each member has this".</param>
/// <param name="Period">Its period in forms.</param>
/// <param name="Limit">In units of the currency; 0: no spending.</param>
/// <param name="Warn">Null: no warning.</param>
/// <param name="Spent">Of the current period; null for a budget that each member has.</param>
/// <param name="ResetsAt">Beginning of the next period.</param>
internal sealed record BudgetView(
    string Scope,
    string Subject,
    string Name,
    string? Href,
    string Meaning,
    string Period,
    decimal Limit,
    decimal? Warn,
    decimal? Spent,
    DateTimeOffset ResetsAt
)
{
    private const decimal MicrosPerUnit = 1_000_000m;

    private static readonly Dictionary<string, BudgetScope> _scopes = new(StringComparer.Ordinal)
    {
        ["user"] = BudgetScope.User,
        ["group"] = BudgetScope.Group,
        ["shared"] = BudgetScope.Shared,
        ["key"] = BudgetScope.Key,
    };

    public static IReadOnlyList<SelectListItem> Scopes { get; } =
    [
        new("One user", "user", selected: true),
        new("A group: each member has this", "group"),
        new("A group: its members share this", "shared"),
        new("One key", "key"),
    ];

    public static IReadOnlyList<SelectListItem> Periods { get; } =
    [new("Month", "month", selected: true), new("Week, from Monday", "week"), new("Day", "day")];

    /// <summary>"budget of alice"; other periods than a month are named.</summary>
    public string Title => Period == "month" ? $"budget of {Name}" : $"{Adjective(Period)} budget of {Name}";

    /// <summary>Spend has reached the warning.</summary>
    public bool IsWarned => Spent >= Warn;

    /// <summary>"Budget of alice".</summary>
    public string Label => char.ToUpperInvariant(Title[0]) + Title[1..];

    /// <summary>"of $ 50.00, new on 1 December".</summary>
    public string Note => $"{(Spent is null ? $"for each {Period}, new" : $"of {Formats.Money(Limit)}, new")} on {Formats.Date(ResetsAt)}";

    /// <summary>Null for text that is no scope.</summary>
    public static BudgetScope? FindScope(string? text) => text is not null && _scopes.TryGetValue(text, out var scope) ? scope : null;

    /// <summary>Null for text that is no period.</summary>
    public static BudgetPeriod? FindPeriod(string? text) =>
        text is null
            ? BudgetPeriod.Month
            : BudgetPeriods.All.Cast<BudgetPeriod?>().FirstOrDefault(one => BudgetSubject.NameOf(one!.Value) == text);

    public static BudgetView Of(ListedBudget one)
    {
        var (scope, subject) = (one.Budget.Scope, one.Budget.SubjectId);
        return new(
            _scopes.First(known => known.Value == scope).Key,
            subject,
            one.Name ?? subject,
            HrefOf(scope, subject),
            MeaningOf(scope),
            BudgetSubject.NameOf(one.Budget.Period),
            one.Budget.LimitMicros / MicrosPerUnit,
            one.Budget.WarnMicros / MicrosPerUnit,
            one.SpentMicros / MicrosPerUnit,
            one.ResetsAt
        );
    }

    public static string MeaningOf(BudgetScope scope) =>
        scope switch
        {
            BudgetScope.User => "This user",
            BudgetScope.Group => "Each member has this",
            BudgetScope.Shared => "The members share this",
            _ => "This key and those that replace it",
        };

    private static string Adjective(string period) => period == "day" ? "daily" : "weekly";

    private static string? HrefOf(BudgetScope scope, string subject) =>
        scope switch
        {
            BudgetScope.User => Guid.TryParse(subject, out _) ? Links.User(subject) : null,
            BudgetScope.Key => Links.Key(subject),
            _ => Links.Group(subject),
        };
}
