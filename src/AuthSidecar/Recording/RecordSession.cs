using AuthSidecar.Storage;

namespace AuthSidecar.Recording;

/// <summary>One write of several records.</summary>
internal sealed class RecordSession(UsageTransaction transaction, SidecarDbContext context)
{
    public SidecarDbContext Context => context;

    /// <summary>What the records tell of requests.</summary>
    public List<UsageRow> Parts { get; } = [];

    /// <returns>Null when there is none; nobody else changes it until the end.</returns>
    public async Task<Interception?> FindAsync(string id) =>
        await transaction.TryLockInterceptionAsync(id, CancellationToken.None) ? await context.Interceptions.FindAsync(id) : null;

    public async Task<RecordResult> AddAsync(object entity)
    {
        context.Add(entity);
        await context.SaveChangesAsync();
        return RecordResult.Stored;
    }
}
