using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>Where parts go that the store refuses: into a table of it, or else into a file beside the spool.</summary>
internal sealed partial class DeadLetterBox(Store store, UsageSpool spool, UsageQueue queue, UsageMetrics metrics, TimeProvider time, ILogger<DeadLetterBox> logger)
{
    public async Task PutAsync(IReadOnlyList<(UsageRow Part, Exception Problem)> refused, CancellationToken cancellationToken)
    {
        List<DeadLetter> letters = [.. refused.Select(part => new DeadLetter { At = Instant.Now(time), Problem = TextOf(part.Problem), Part = SpoolLine.Of(part.Part) })];
        metrics.CountDead(letters.Count);
        LogRefused(letters.Count, letters[0].Problem);
        try
        {
            await using var context = store.Open();
            context.DeadLetters.AddRange(letters);
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (Exception fault)
        {
            LogNoTable(fault);
            queue.Lose(letters.Count(letter => !spool.TryBury(letter)));
        }
    }

    private static string TextOf(Exception problem) => $"{problem.GetType().Name}: {problem.Message}";

    [LoggerMessage(Level = LogLevel.Error, Message = "The store refuses {Count} parts of usage, which are kept as dead letters: {Problem}")]
    private partial void LogRefused(int count, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "Dead letters cannot be written into the store; they are in the spool's file for them.")]
    private partial void LogNoTable(Exception fault);
}
