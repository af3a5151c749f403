using AuthSidecar.Administration.Budgets;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary><c>/api/admin/budgets</c></summary>
internal static class AdminBudgets
{
    private const string One = "/budgets/{scope}/{**subject}";

    private static readonly RestParameter[] _period =
    [
        RestParameter.Of<BudgetPeriod>("period", "Period of the budget; without it `month`."),
    ];

    public static void MapBudgets(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/budgets", RestRoutes.Reads, ListAsync)
            .Describe("List budgets", new() { Query = AdminGroups.Plain })
            .Answers<ListDocument<AdminBudgetDocument>>();
        admin
            .MapMethods(One, RestRoutes.Reads, FindAsync)
            .Describe("Show a budget", new() { Query = _period, HasETag = true }, 404)
            .Answers<SetBudgetDocument>();
        admin
            .MapMethods(One, ["PUT"], SetAsync)
            .Describe(
                "Set a budget",
                new()
                {
                    Body = typeof(BudgetBody),
                    HasETag = true,
                    HasIfMatch = true,
                },
                404,
                409
            )
            .Answers<SetBudgetDocument>();
        admin
            .MapMethods(One, ["DELETE"], RemoveAsync)
            .Describe(
                "Remove a budget",
                new()
                {
                    Query = _period,
                    HasETag = true,
                    HasIfMatch = true,
                },
                404,
                409
            )
            .Answers<SetBudgetDocument>();
    }

    private static async Task<RestAnswer> ListAsync(HttpContext http, ListBudgets budgets) =>
        RestAnswer.List((await budgets.RunAsync(AdminGroups.PlainFilter(http), http.RequestAborted)).OrRefuse(), AdminBudgetDocument.Of);

    private static async Task<RestAnswer> FindAsync(HttpContext http, string scope, string subject, ListBudgets budgets)
    {
        var target = TargetOf(http, scope, subject, PeriodOf(http));
        var budget = (await budgets.FindAsync(target, http.RequestAborted)).OrRefuse();
        return RestAnswer.Tagged(SetBudgetDocument.Of(target, budget.SubjectId, budget));
    }

    private static async Task<RestAnswer> SetAsync(HttpContext http, string scope, string subject, SetBudget budgets, RemoveBudget remove)
    {
        var body = await http.ReadBodyAsync<BudgetBody>();
        var target = TargetOf(http, scope, subject, body.Period ?? BudgetPeriod.Month);
        var isExpected = Expected(http, target);
        if (body.LimitMicroUsd is { } limit)
        {
            var budget = (await budgets.RunAsync(target, new(limit, body.WarnMicroUsd), isExpected, http.RequestAborted)).OrRefuse();
            return RestAnswer.Tagged(SetBudgetDocument.Of(target, budget.SubjectId, budget));
        }

        // Unlimited: also when there was no budget.
        var removed = await remove.RunAsync(target, isExpected, http.RequestAborted);
        if (removed.Refusal is { Code: not "unknown_budget" })
        {
            removed.OrRefuse();
        }

        var id = removed.Refusal is null ? removed.Value.SubjectId : target.Subject;
        return RestAnswer.Tagged(SetBudgetDocument.Of(target, id, null));
    }

    private static async Task<RestAnswer> RemoveAsync(HttpContext http, string scope, string subject, RemoveBudget budgets)
    {
        var target = TargetOf(http, scope, subject, PeriodOf(http));
        var budget = (await budgets.RunAsync(target, Expected(http, target), http.RequestAborted)).OrRefuse();
        return RestAnswer.Tagged(SetBudgetDocument.Of(target, budget.SubjectId, null));
    }

    private static Func<string, Budget?, bool>? Expected(HttpContext http, BudgetTarget target) =>
        RestETag.Expected(http.Request) is { } expected
            ? (subject, budget) => expected(SetBudgetDocument.Of(target, subject, budget))
            : null;

    private static BudgetTarget TargetOf(HttpContext http, string scope, string subject, BudgetPeriod period) =>
        new(ScopeOf(scope), SubjectOf(http, subject), period);

    private static BudgetPeriod PeriodOf(HttpContext http) =>
        new RestQuery(http.Request).Word<BudgetPeriod>("period") ?? BudgetPeriod.Month;

    public static string? SharingOf(BudgetScope scope) => BudgetSubject.Sharing(scope);

    private static BudgetScope ScopeOf(string word)
    {
        foreach (var scope in Enum.GetValues<BudgetScope>())
        {
            if (RestParameter.WordOf(scope) == word)
            {
                return scope;
            }
        }

        throw RestException.Invalid($"The scope must be one of {string.Join(", ", RestParameter.WordsOf<BudgetScope>())}.", "scope");
    }

    // Paths keep an encoded slash, and the issuer of a caller has some. The path of the server has %2F for %252F too, so that the request
    // line decides: its last segments, as many as the subject has.
    private static string SubjectOf(HttpContext http, string subject)
    {
        if (!subject.Contains("%2F", StringComparison.OrdinalIgnoreCase))
        {
            return subject;
        }

        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var segments = target.Split('?')[0].Split('/');
        var raw = string.Join('/', segments.TakeLast(subject.Count(letter => letter == '/') + 1));
        return Same(Uri.UnescapeDataString(raw)) == Same(subject)
            ? Uri.UnescapeDataString(raw)
            : throw RestException.Invalid("The subject cannot be read; encode it once.", "subject");

        static string Same(string text) => text.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
    }
}

/// <param name="LimitMicroUsd">Millionths of a US dollar a period; 0: nothing may be spent; null: unlimited, as without a budget.</param>
/// <param name="Period">Calendar period (UTC), each with a budget of its own; a week begins on Monday; null: <c>month</c>.</param>
/// <param name="WarnMicroUsd">Spend of a period from which one warning is given, up to the limit; null: none.</param>
internal sealed record BudgetBody(long? LimitMicroUsd, BudgetPeriod? Period = null, long? WarnMicroUsd = null);

/// <param name="Scope"><c>user</c>, <c>key</c>, <c>group</c> (each member has this) or <c>shared</c> (the members of a group
/// together).</param>
/// <param name="Sharing"><c>per_member</c> or <c>shared</c>; null: no group.</param>
/// <param name="Period">As of <see cref="BudgetBody"/>.</param>
/// <param name="LimitMicroUsd">As of <see cref="BudgetBody"/>.</param>
/// <param name="WarnMicroUsd">As of <see cref="BudgetBody"/>.</param>
internal sealed record SetBudgetDocument(
    BudgetScope Scope,
    string Subject,
    string? Sharing,
    BudgetPeriod Period,
    long? LimitMicroUsd,
    long? WarnMicroUsd
)
{
    /// <param name="target">The budget.</param>
    /// <param name="subject">As stored.</param>
    /// <param name="budget">Null: unlimited.</param>
    public static SetBudgetDocument Of(BudgetTarget target, string subject, Budget? budget) =>
        new(target.Scope, subject, AdminBudgets.SharingOf(target.Scope), target.Period, budget?.LimitMicros, budget?.WarnMicros);
}

/// <summary>A budget with its spend in the current period.</summary>
/// <param name="Scope">As of <see cref="SetBudgetDocument"/>.</param>
/// <param name="Name">Name of the user or key; null: none.</param>
/// <param name="PerMember">True: each member of the group has this budget; false: the members share it; null: no group.</param>
/// <param name="SpentMicroUsd">Null: each member has a spend of its own.</param>
/// <param name="Period">As of <see cref="BudgetBody"/>.</param>
/// <param name="WarnMicroUsd">As of <see cref="BudgetBody"/>.</param>
/// <param name="ResetsAt">Begin of the next period (UTC).</param>
internal sealed record AdminBudgetDocument(
    BudgetScope Scope,
    string Subject,
    string? Name,
    string? Sharing,
    bool? PerMember,
    BudgetPeriod Period,
    long LimitMicroUsd,
    long? WarnMicroUsd,
    long? SpentMicroUsd,
    long? LeftMicroUsd,
    DateTimeOffset ResetsAt,
    DateTimeOffset UpdatedAt
)
{
    public static AdminBudgetDocument Of(ListedBudget listed) =>
        new(
            listed.Budget.Scope,
            listed.Budget.SubjectId,
            listed.Name,
            AdminBudgets.SharingOf(listed.Budget.Scope),
            listed.Budget.Scope switch
            {
                BudgetScope.Group => true,
                BudgetScope.Shared => false,
                _ => null,
            },
            listed.Budget.Period,
            listed.Budget.LimitMicros,
            listed.Budget.WarnMicros,
            listed.SpentMicros,
            listed.LeftMicros,
            listed.ResetsAt,
            listed.Budget.UpdatedAt
        );
}
