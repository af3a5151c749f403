using AuthSidecar.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Recording;

/// <summary>One write of several records; what is added is sent to the store together, at the end.</summary>
internal sealed class RecordSession(UsageTransaction transaction, SidecarDbContext context)
{
    public SidecarDbContext Context => context;

    /// <summary>What the records tell of requests.</summary>
    public List<UsageRow> Parts { get; } = [];

    /// <returns>Null when there is none; nobody else changes it until the end.</returns>
    public async Task<Interception?> FindAsync(string id) =>
        context.Interceptions.Local.FindEntry(id)?.Entity
        ?? (await transaction.TryLockInterceptionAsync(id, CancellationToken.None) ? await context.Interceptions.SingleAsync(interception => interception.Id == id) : null);

    public RecordResult Add(object entity)
    {
        context.Add(entity);
        return RecordResult.Stored;
    }

    public Task SaveAsync() => context.SaveChangesAsync();
}
