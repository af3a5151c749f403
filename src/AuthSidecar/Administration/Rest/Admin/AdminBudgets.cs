using AuthSidecar.Administration.Budgets;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary><c>/api/admin/budgets</c></summary>
internal static class AdminBudgets
{
    private const string One = "/budgets/{scope}/{**subject}";

    public static void MapBudgets(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/budgets", RestRoutes.Reads, ListAsync)
            .Describe("List budgets", new() { Query = AdminGroups.Plain })
            .Answers<ListDocument<AdminBudgetDocument>>();
        admin
            .MapMethods(One, RestRoutes.Reads, FindAsync)
            .Describe("Show a budget", new() { HasETag = true }, 404)
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
            .Describe("Remove a budget", new() { HasETag = true, HasIfMatch = true }, 404, 409)
            .Answers<SetBudgetDocument>();
    }

    private static async Task<RestAnswer> ListAsync(HttpContext http, ListBudgets budgets) =>
        RestAnswer.List((await budgets.RunAsync(AdminGroups.PlainFilter(http), http.RequestAborted)).OrRefuse(), AdminBudgetDocument.Of);

    private static async Task<RestAnswer> FindAsync(HttpContext http, string scope, string subject, ListBudgets budgets)
    {
        var kind = ScopeOf(scope);
        var budget = (await budgets.FindAsync(kind, SubjectOf(http, subject), http.RequestAborted)).OrRefuse();
        return RestAnswer.Tagged(new SetBudgetDocument(kind, budget.SubjectId, SharingOf(kind), budget.LimitMicros));
    }

    private static async Task<RestAnswer> SetAsync(HttpContext http, string scope, string subject, SetBudget budgets, RemoveBudget remove)
    {
        var (kind, id) = (ScopeOf(scope), SubjectOf(http, subject));
        var body = await http.ReadBodyAsync<BudgetBody>();
        var isExpected = Expected(http, kind);
        if (body.LimitMicroUsd is { } limit)
        {
            var budget = (await budgets.RunAsync(kind, id, limit, isExpected, http.RequestAborted)).OrRefuse();
            return RestAnswer.Tagged(new SetBudgetDocument(kind, budget.SubjectId, SharingOf(kind), budget.LimitMicros));
        }

        // Unlimited: also when there was no budget.
        var removed = await remove.RunAsync(kind, id, isExpected, http.RequestAborted);
        if (removed.Refusal is { Code: not "unknown_budget" })
        {
            removed.OrRefuse();
        }

        return RestAnswer.Tagged(
            new SetBudgetDocument(kind, removed.Refusal is null ? removed.Value.SubjectId : id, SharingOf(kind), null)
        );
    }

    private static async Task<RestAnswer> RemoveAsync(HttpContext http, string scope, string subject, RemoveBudget budgets)
    {
        var kind = ScopeOf(scope);
        var budget = (await budgets.RunAsync(kind, SubjectOf(http, subject), Expected(http, kind), http.RequestAborted)).OrRefuse();
        return RestAnswer.Tagged(new SetBudgetDocument(kind, budget.SubjectId, SharingOf(kind), null));
    }

    private static Func<string, long?, bool>? Expected(HttpContext http, BudgetScope scope) =>
        RestETag.Expected(http.Request) is { } expected
            ? (subject, limit) => expected(new SetBudgetDocument(scope, subject, SharingOf(scope), limit))
            : null;

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

/// <param name="LimitMicroUsd">Millionths of a US dollar a month; 0: nothing may be spent; null: unlimited, as without a budget.</param>
internal sealed record BudgetBody(long? LimitMicroUsd);

/// <param name="Scope"><c>user</c>, <c>key</c>, <c>group</c> (each member has this) or <c>shared</c> (the members of a group
/// together).</param>
/// <param name="Sharing"><c>per_member</c> or <c>shared</c>; null: no group.</param>
/// <param name="LimitMicroUsd">As of <see cref="BudgetBody"/>.</param>
internal sealed record SetBudgetDocument(BudgetScope Scope, string Subject, string? Sharing, long? LimitMicroUsd);

/// <summary>A budget with its spend this month.</summary>
/// <param name="Scope">As of <see cref="SetBudgetDocument"/>.</param>
/// <param name="Name">Name of the user or key; null: none.</param>
/// <param name="PerMember">True: each member of the group has this budget; false: the members share it; null: no group.</param>
/// <param name="SpentMicroUsd">Null: each member has a spend of its own.</param>
/// <param name="ResetsAt">Begin of the next month (UTC).</param>
internal sealed record AdminBudgetDocument(
    BudgetScope Scope,
    string Subject,
    string? Name,
    string? Sharing,
    bool? PerMember,
    long LimitMicroUsd,
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
            listed.Budget.LimitMicros,
            listed.SpentMicros,
            listed.LeftMicros,
            listed.ResetsAt,
            listed.Budget.UpdatedAt
        );
}
