using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

internal sealed record NewApp(string Id, string TenantId)
{
    /// <summary>Access mode for policies with <c>Acl: acl</c>; null: not set.</summary>
    public string? Mode { get; init; }

    public AppStatus Status { get; init; }
}

internal sealed class CreateApp(Store store, TimeProvider time)
{
    public async Task<Outcome<App>> RunAsync(NewApp wanted, CancellationToken cancellationToken)
    {
        if (ErrorOf(wanted) is { } error)
        {
            return Refusal.Invalid(error);
        }

        await using var context = store.Open();
        if (!await context.Tenants.AnyAsync(tenant => tenant.Id == wanted.TenantId, cancellationToken))
        {
            return Refusal.Unknown("tenant", wanted.TenantId);
        }

        var app = new App
        {
            Id = wanted.Id,
            TenantId = wanted.TenantId,
            Mode = wanted.Mode ?? "",
            Status = wanted.Status,
            CreatedAt = Instant.Now(time),
        };
        context.Apps.Add(app);
        context.Invalidations.Add(CacheInvalidation.OfApp(app.Id, app.CreatedAt));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return Refusal.Conflict("app_exists", $"There is already an app {app.Id}.");
        }

        return app;
    }

    private static string? ErrorOf(NewApp wanted) =>
        Rules.Id("app", wanted.Id) ?? Rules.Tenant(wanted.TenantId) ?? (wanted.Mode is { } mode ? Rules.Id("mode", mode) : null);
}
