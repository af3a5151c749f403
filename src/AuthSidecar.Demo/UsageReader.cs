using System.Text.Json;
using AuthSidecar.Demo.Requests;
using AuthSidecar.Demo.Setup;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Demo;

/// <summary>Reads the usage recorded for the demo's requests, which Envoy reports a moment after each request ends.</summary>
/// <param name="environment">The running demo.</param>
/// <param name="answered">Ids of the decisions that reached the client.</param>
internal sealed class UsageReader(DemoEnvironment environment, IReadOnlySet<string> answered)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns as soon as the usage is complete, at the latest after 30 s.</summary>
    public async Task<DemoUsage> WaitAsync(CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var usage = await ReadAsync(cancellationToken);
            if (usage.Complaints.Count == 0 || TimeProvider.System.GetElapsedTime(started) > _patience)
            {
                return usage;
            }

            await Task.Delay(_pause, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<DemoUsage> ReadAsync(CancellationToken cancellationToken)
    {
        var file = environment.Directory.File(DemoSidecar.Decisions);
        using var log = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var lines = (await log.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await using var context = environment.Sidecar.Store.Open();
        var rows = await context.Usage.AsNoTracking().OrderBy(row => row.DecisionId).ToListAsync(cancellationToken);
        return new([.. lines.Select(IdOf)], rows, environment.Envoy is not null, answered);
    }

    private static string IdOf(string line)
    {
        using var decision = JsonDocument.Parse(line);
        return decision.RootElement.GetProperty("decision_id").GetString()!;
    }
}
