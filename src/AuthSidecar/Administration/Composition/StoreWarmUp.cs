using AuthSidecar.Access.Apps;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Budgets;

namespace AuthSidecar.Administration.Composition;

/// <summary>
/// Runs each query of a decision once, past the caches: the first run compiles it, which takes longer than Envoy waits for a decision.
/// </summary>
internal sealed class StoreWarmUp(KeyReader keys, BudgetReader budgets, AppReader apps)
{
    // No row has it.
    private const string Absent = "";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await keys.FindAsync(Absent, cancellationToken);
        await keys.FindByHashAsync(
            [
                [],
            ],
            cancellationToken
        );
        await budgets.ReadAsync(new(Absent, Absent), cancellationToken);
        await budgets.ReadSpentAsync([new(BudgetScope.User, Absent, default)], cancellationToken);
        await apps.FindAsync(Absent);
        await apps.IsMemberAsync(new(Absent, Absent));
    }
}
