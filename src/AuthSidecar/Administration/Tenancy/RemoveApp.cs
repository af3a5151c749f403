using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

/// <summary>Removes a disabled app. Its usage keeps its id.</summary>
internal sealed class RemoveApp(Store store, TimeProvider time)
{
    public async Task<Outcome<App>> RunAsync(string id, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await context.Apps.SingleOrDefaultAsync(app => app.Id == id, cancellationToken) is not { } app)
        {
            return Refusal.Unknown("app", id);
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
        }
        catch (DbUpdateConcurrencyException)
        {
            return Refusal.Unknown("app", id);
        }

        return app;
    }
}
