using System.Globalization;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest;

/// <param name="Permits">Requests in any window; 0: no limit.</param>
/// <param name="Window">Such as <c>60s</c>.</param>
/// <param name="Own">False: the default, which policies may replace.</param>
internal sealed record LimitDocument(int Permits, string Window, bool Own);

/// <param name="Tokens">Tokens in any window; 0: no limit.</param>
/// <param name="Window">Such as <c>60s</c>.</param>
/// <param name="Own">False: the default, which policies may replace.</param>
internal sealed record TokenLimitDocument(long Tokens, string Window, bool Own);

/// <param name="Parallel">Requests that may run at a time; 0: no limit.</param>
/// <param name="Own">False: the default, which policies may replace.</param>
internal sealed record ParallelLimitDocument(int Parallel, bool Own);

/// <summary>A budget in the currency of the settings.</summary>
/// <param name="Scope">Whose spend is limited: <c>user</c>, <c>group</c> (each member's), <c>shared</c> (all members') or
/// <c>key</c>.</param>
/// <param name="SubjectId">User, group or key line.</param>
/// <param name="Period">Calendar period (UTC) of the limit and the spend; a week begins on Monday.</param>
/// <param name="Left">Never below 0.</param>
/// <param name="ResetsAt">Beginning of the next period (UTC).</param>
internal sealed record KeyBudgetDocument(
    BudgetScope Scope,
    string SubjectId,
    BudgetPeriod Period,
    decimal Limit,
    decimal Spent,
    decimal Left,
    DateTimeOffset ResetsAt
);

/// <summary>The presented credential: what it is, what it may, and what is left of it.</summary>
/// <param name="Kind"><c>key</c>, <c>device</c>, <c>issuer</c> (a token of an identity provider) or <c>master</c>.</param>
/// <param name="Id">Null: not a key of the store.</param>
/// <param name="Owner">Name of the owner or subject.</param>
internal sealed record KeyFactsDocument(
    string Kind,
    string? Id,
    string? Name,
    string Owner,
    IReadOnlyCollection<string> Scopes,
    IReadOnlyList<string> Models,
    string? Tenant,
    string Subject,
    KeyStatus Status,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt,
    LimitDocument Limit,
    TokenLimitDocument TokenLimit,
    ParallelLimitDocument ParallelLimit,
    IReadOnlyList<KeyBudgetDocument> Budgets,
    string? ClientId,
    string? DeviceLabel
);

/// <summary><c>GET /api/key</c></summary>
internal sealed class KeyFacts(ShowKey show, ListOwnBudgets budgets, LiveOptions<LimitsOptions> limits, TimeProvider time)
{
    private const decimal Micros = 1_000_000;

    public async Task<IResult> ShowAsync(HttpContext http)
    {
        var caller = http.Caller();
        if (caller.Kind == CallerKind.Master || caller.KeyId is not { } id)
        {
            return RestAnswer.Of(WithoutKey(caller));
        }

        // Revoked after its authentication: as good as before.
        if (await show.RunAsync(id, http.RequestAborted) is not { Refusal: null, Value: var key })
        {
            return RestAnswer.Of(WithoutKey(caller));
        }

        var document = KeyDocument.Of(key, Instant.Now(time));
        return RestAnswer.Of(
            new KeyFactsDocument(
                caller.IsDevice ? "device" : "key",
                key.Id,
                key.Name,
                key.User?.Name ?? key.ExternalSubject ?? caller.Name,
                ScopesOf(caller, document),
                document.Models,
                key.Tenant,
                document.Subject,
                document.Status,
                key.ExpiresAt,
                key.LastUsedAt,
                LimitOf(key),
                TokenLimitOf(key),
                ParallelLimitOf(key),
                await BudgetsAsync(key, http.RequestAborted),
                key.ClientId,
                key.DeviceLabel
            )
        );
    }

    private KeyFactsDocument WithoutKey(Caller caller) =>
        new(
            caller.Kind == CallerKind.Master ? "master" : "issuer",
            null,
            null,
            caller.Name,
            caller.Kind == CallerKind.Master ? ["full"] : caller.Scopes,
            [],
            null,
            caller.Kind == CallerKind.Master ? "service" : "account",
            KeyStatus.Active,
            null,
            null,
            LimitOf(null),
            TokenLimitOf(null),
            ParallelLimitOf(null),
            [],
            null,
            null
        );

    // Scopes of a device follow from its format, and are not stored.
    private static IReadOnlyCollection<string> ScopesOf(Caller caller, KeyDocument key) => caller.IsDevice ? caller.Scopes : key.Scopes;

    private LimitDocument LimitOf(ApiKey? key)
    {
        var (permits, window) = key is { Permits: { } own, Window: { } ownWindow }
            ? (own, ownWindow)
            : (limits.Current.DefaultPermits, limits.Current.DefaultWindow);
        return new(permits, Seconds(window), key?.Permits is not null);
    }

    private TokenLimitDocument TokenLimitOf(ApiKey? key) =>
        key is { Tokens: { } own, TokenWindow: { } window }
            ? new(own, Seconds(window), true)
            : new(limits.Current.DefaultTokens, Seconds(limits.Current.DefaultTokenWindow), false);

    private ParallelLimitDocument ParallelLimitOf(ApiKey? key) =>
        new(key?.Parallel ?? limits.Current.DefaultParallel, key?.Parallel is not null);

    private static string Seconds(TimeSpan window) => string.Create(CultureInfo.InvariantCulture, $"{window.TotalSeconds:0.######}s");

    private async Task<IReadOnlyList<KeyBudgetDocument>> BudgetsAsync(ApiKey key, CancellationToken cancellationToken)
    {
        // A service's key spends only on its own line, not on its maker's budget.
        var found = await budgets.OfKeyAsync(key, cancellationToken);
        return
        [
            .. found.Select(budget => new KeyBudgetDocument(
                budget.Scope,
                budget.SubjectId,
                budget.Period,
                budget.LimitMicros / Micros,
                budget.SpentMicros / Micros,
                Math.Max(0, budget.LimitMicros - budget.SpentMicros) / Micros,
                budget.ResetsAt
            )),
        ];
    }
}
