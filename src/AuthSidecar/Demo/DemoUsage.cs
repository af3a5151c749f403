using System.Text.Json;
using AuthSidecar.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Demo;

/// <summary>What was recorded of the demo's requests, and what is wrong with it.</summary>
/// <param name="Decisions">Ids of all decisions that were made, by the decision log.</param>
/// <param name="Rows">Everything that the store has.</param>
/// <param name="HasEnvoy">Somebody told how the requests ended and what the upstream answered.</param>
/// <param name="Answered">Ids of those that came back to the client; null: all did.</param>
internal sealed record DemoUsage(IReadOnlyList<string> Decisions, IReadOnlyList<UsageRow> Rows, bool HasEnvoy, IReadOnlySet<string>? Answered = null)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    /// <summary>None: each decision has one row, and each row all that belongs into it.</summary>
    public IReadOnlyList<string> Complaints { get; } =
    [
        .. Decisions.Except(Rows.Select(row => row.DecisionId)).Select(id => $"decision {id} has no row"),
        .. Rows.Select(row => row.DecisionId).Except(Decisions).Select(id => $"row {id} is of no decision"),
        .. Rows.Where(row => HasEnvoy && row.Outcome is null && HasEnd(Answered, row)).Select(row => $"row {row.DecisionId} has no end"),
        .. Rows.Where(row => HasEnvoy && IsCounted(row) && HasEnd(Answered, row) && (row.InputTokens, row.OutputTokens) != (ProviderAnswer.InputTokens, ProviderAnswer.OutputTokens))
            .Select(row => $"row {row.DecisionId} has {row.InputTokens} tokens in and {row.OutputTokens} out"),
    ];

    /// <summary>Envoy tells of a request a moment after its end. Returns when all is there, or should have been.</summary>
    public static async Task<DemoUsage> WaitAsync(DemoWorld world, IReadOnlySet<string> answered, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var usage = await ReadAsync(world, answered, cancellationToken);
            if (usage.Complaints.Count == 0 || TimeProvider.System.GetElapsedTime(started) > _patience)
            {
                return usage;
            }

            await Task.Delay(_pause, TimeProvider.System, cancellationToken);
        }
    }

    public UsageRow? Of(DemoResult result) => Rows.FirstOrDefault(row => row.DecisionId == result.Exchange.Client.DecisionId);

    private static bool IsCounted(UsageRow row) => row is { Decision: "allow", Provider: not null };

    // Envoy gave up waiting for the others, and answered by itself.
    private static bool HasEnd(IReadOnlySet<string>? answered, UsageRow row) => answered is null || answered.Contains(row.DecisionId);

    private static async Task<DemoUsage> ReadAsync(DemoWorld world, IReadOnlySet<string> answered, CancellationToken cancellationToken)
    {
        using var log = new StreamReader(new FileStream(world.Directory.File(DemoSidecar.Decisions), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var lines = (await log.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await using var context = world.Sidecar.Store.Open();
        var rows = await context.Usage.AsNoTracking().OrderBy(row => row.DecisionId).ToListAsync(cancellationToken);
        return new([.. lines.Select(IdOf)], rows, world.Envoy is not null, answered);
    }

    private static string IdOf(string line)
    {
        using var decision = JsonDocument.Parse(line);
        return decision.RootElement.GetProperty("decision_id").GetString()!;
    }
}
