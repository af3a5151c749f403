using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

/// <summary>Changes the access mode or the status of an app.</summary>
internal sealed class UpdateApp(Store store, TimeProvider time)
{
    /// <param name="id">The app's id.</param>
    /// <param name="mode">Null: unchanged; empty: none.</param>
    /// <param name="status">Null: unchanged.</param>
    /// <param name="isExpected">Accepts the app as stored; null: any.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    public async Task<Outcome<App>> RunAsync(
        string id,
        string? mode,
        AppStatus? status,
        Func<App, bool>? isExpected,
        CancellationToken cancellationToken
    )
    {
        if (mode is { Length: > 0 } && Rules.Id("mode", mode) is { } error)
        {
            return Refusal.Invalid(error);
        }

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

        (app.Mode, app.Status) = (mode ?? app.Mode, status ?? app.Status);
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
