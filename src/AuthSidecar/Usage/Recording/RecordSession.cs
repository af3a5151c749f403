using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Usage.Recording;

/// <summary>One transaction of several records; added entities are sent to the store together at its end.</summary>
internal sealed class RecordSession(UsageTransaction transaction, SidecarDbContext context)
{
    public SidecarDbContext Context => context;

    /// <summary>Usage that follows from the records; committed with them.</summary>
    public List<UsageReport> Reports { get; } = [];

    /// <summary>Finds an interception and locks it until the end of the transaction.</summary>
    /// <returns>Null when there is none.</returns>
    public async Task<Interception?> FindAsync(string id) =>
        context.Interceptions.Local.FindEntry(id)?.Entity
        ?? (
            await transaction.TryLockInterceptionAsync(id, CancellationToken.None)
                ? await context.Interceptions.SingleAsync(interception => interception.Id == id)
                : null
        );

    public void Record(UsageReport report) => Reports.Add(report);

    public RecordResult Add(object entity)
    {
        context.Add(entity);
        return RecordResult.Stored;
    }

    public Task SaveAsync() => context.SaveChangesAsync();
}
