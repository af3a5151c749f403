using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>Keeps reports that the store rejects: in its table of dead letters, or else in a file of the spool directory.</summary>
internal sealed partial class DeadLetterBox(
    Store store,
    UsageSpool spool,
    UsageQueue queue,
    UsageMetrics metrics,
    TimeProvider time,
    ILogger<DeadLetterBox> logger
)
{
    public async Task PutAsync(IReadOnlyList<(UsageReport Report, Exception Problem)> rejected, CancellationToken cancellationToken)
    {
        List<DeadLetter> letters =
        [
            .. rejected.Select(one => new DeadLetter
            {
                At = Instant.Now(time),
                Problem = TextOf(one.Problem),
                Report = SpoolLine.Of(one.Report),
            }),
        ];
        metrics.CountDead(letters.Count);
        LogRejected(letters.Count, letters[0].Problem);
        try
        {
            await using var context = store.Open();
            context.DeadLetters.AddRange(letters);
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (Exception fault)
        {
            LogNoTable(fault);
            queue.CountLost(letters.Count(letter => !spool.TryBury(letter)));
        }
    }

    private static string TextOf(Exception problem) => $"{problem.GetType().Name}: {problem.Message}";

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{Count} usage reports rejected by the store ({Problem}); keeping them as dead letters."
    )]
    private partial void LogRejected(int count, string problem);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Dead letters could not be stored; keeping them in dead.jsonl of the spool directory."
    )]
    private partial void LogNoTable(Exception fault);
}
