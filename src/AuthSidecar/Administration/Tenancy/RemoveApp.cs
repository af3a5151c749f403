using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

/// <summary>Removes a disabled app. Its usage keeps its id.</summary>
internal sealed class RemoveApp(Store store, TimeProvider time)
{
    public Task<Outcome<App>> RunAsync(string id, CancellationToken cancellationToken) => RunAsync(id, null, cancellationToken);

    /// <param name="id">The app's id.</param>
    /// <param name="isExpected">Accepts the app as stored; null: any.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task<Outcome<App>> RunAsync(string id, Func<App, bool>? isExpected, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        await using var exclusive = await context.BeginExclusiveAsync(StoreLocks.ChangesOfApp(id), cancellationToken);
        if (await context.Apps.SingleOrDefaultAsync(app => app.Id == id, cancellationToken) is not { } app)
        {
            return Refusal.Unknown("app", id);
        }

        if (isExpected?.Invoke(app) == false)
        {
            return Refusal.Stale("app");
        }

        if (app.Status != AppStatus.Disabled)
        {
            return Refusal.Conflict("app_in_use", $"The app {id} is not disabled; disable it first.");
        }

        context.Apps.Remove(app);
        context.Invalidations.Add(CacheInvalidation.OfApp(id, Instant.Now(time)));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            await exclusive.CommitAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return Refusal.Unknown("app", id);
        }

        return app;
    }
}
