using System.Text.Json.Nodes;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Administration.Reports;

/// <summary>Deletes usage older than a number of days, before the daily timer does.</summary>
internal sealed class PruneUsage(Store store, OldUsage usage, UsageOptions options, TimeProvider time)
{
    private const int MostDays = 36_500;

    /// <param name="olderThanDays">1 to 36500; null: <c>Usage:RetentionDays</c>.</param>
    /// <param name="cancellationToken">Cancels the count.</param>
    /// <returns>What <see cref="RunAsync"/> would delete.</returns>
    public async Task<Outcome<PrunedUsage>> PreviewAsync(int? olderThanDays, CancellationToken cancellationToken) =>
        Read(olderThanDays, out var prune) is { } refusal
            ? refusal
            : prune with
            {
                Deleted = await usage.CountAsync(prune.Before, cancellationToken),
            };

    /// <param name="olderThanDays">1 to 36500; null: <c>Usage:RetentionDays</c>.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    public async Task<Outcome<PrunedUsage>> RunAsync(int? olderThanDays, CancellationToken cancellationToken)
    {
        if (Read(olderThanDays, out var prune) is { } refusal)
        {
            return refusal;
        }

        // Before the deletion, so that an interrupted one has its event too.
        await using (var context = store.Open())
        {
            var count = await usage.CountAsync(prune.Before, cancellationToken);
            var after = new JsonObject { ["olderThanDays"] = prune.OlderThanDays, ["rows"] = count }.ToJsonString();
            context.AuditEvents.Add(AuditEvent.Of("usage.pruned", null, null, null, after, Instant.Now(time)));
            await context.SaveChangesAsync(cancellationToken);
        }

        return prune with
        {
            Deleted = await usage.RemoveAsync(prune.Before, cancellationToken),
        };
    }

    private Refusal? Read(int? olderThanDays, out PrunedUsage prune)
    {
        var days = olderThanDays ?? options.RetentionDays;
        var isValid = days is >= 1 and <= MostDays;
        prune = new(0, options.RetentionDays, days, isValid ? Instant.Now(time) - TimeSpan.FromDays(days) : default);
        return isValid ? null : Refusal.Invalid($"olderThanDays is 1 to {MostDays}, not {days}.");
    }
}

/// <param name="Deleted">Number of rows in all tables of usage.</param>
/// <param name="RetentionDays"><c>Usage:RetentionDays</c>, after which a timer deletes usage too.</param>
/// <param name="OlderThanDays">Age of the deleted usage.</param>
/// <param name="Before">Only usage before this instant is deleted; of daily sums, whole days.</param>
internal sealed record PrunedUsage(int Deleted, int RetentionDays, int OlderThanDays, DateTimeOffset Before);
