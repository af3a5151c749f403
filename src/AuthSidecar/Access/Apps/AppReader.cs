using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Access.Apps;

/// <summary>Reads apps and memberships from the store.</summary>
internal sealed class AppReader(Store store, TimeProvider time) : IDisposable
{
    // Per instance: a compiled query is bound to one database provider.
    private readonly Func<SidecarDbContext, string, Task<AppFacts?>> _find = EF.CompileAsyncQuery(
        (SidecarDbContext context, string id) =>
            context
                .Apps.Where(app => app.Id == id)
                .Select(app => new AppFacts(app.Id, app.TenantId, app.Mode, app.Status != AppStatus.Normal))
                .SingleOrDefault()
    );

    private readonly Func<SidecarDbContext, string, string, Task<bool>> _isMember = EF.CompileAsyncQuery(
        (SidecarDbContext context, string tenantId, string userId) =>
            context.Members.Any(member => member.TenantId == tenantId && member.UserId == userId)
    );

    private readonly StoreReadLimiter _reads = new(store, time);

    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    public Task<AppFacts?> FindAsync(string id) => _reads.RunAsync("an app", context => _find(context, id), CancellationToken.None);

    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    public Task<bool> IsMemberAsync(Membership membership) =>
        _reads.RunAsync("a member", context => _isMember(context, membership.TenantId, membership.UserId), CancellationToken.None);

    public void Dispose() => _reads.Dispose();
}
