using System.Collections.Concurrent;
using AuthSidecar.Storage;
using AuthSidecar.Telemetry;
using AuthSidecar.Usage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Recording;

/// <summary>Writes a record and adds what it tells of a request to the parts; makes what it adds anew each time, since it may be tried twice.</summary>
internal delegate Task<RecordResult> RecordWrite(RecordSession session);

/// <summary>Writes records so that whoever is answered can be sure of them. Those that come while one write is under way are all in the next one: a flush of the disk serves many.</summary>
internal sealed partial class RecordLine(UsageTransfer transfer, Store store, TimeProvider time, ILogger<RecordLine> logger) : IDisposable
{
    private const int MostRecords = 256;

    private readonly ConcurrentQueue<Waiting> _waiting = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly OutageLog _outage = new(time);

    /// <summary>Returns after the commit; throws <see cref="RecordRefusedException"/>, or what the store throws, and then it is not in it.</summary>
    /// <param name="interceptionId">What it belongs to.</param>
    /// <param name="write">Writes it.</param>
    public async Task<RecordResult> WriteAsync(string interceptionId, RecordWrite write)
    {
        var mine = new Waiting(interceptionId, write);
        _waiting.Enqueue(mine);
        await _turn.WaitAsync();
        try
        {
            while (!mine.Written.Task.IsCompleted)
            {
                await WriteNextAsync();
            }
        }
        finally
        {
            _turn.Release();
        }

        return await mine.Written.Task;
    }

    public void Dispose() => _turn.Dispose();

    private async Task WriteNextAsync()
    {
        var records = new List<Waiting>();
        while (records.Count < MostRecords && _waiting.TryDequeue(out var record))
        {
            records.Add(record);
        }

        try
        {
            await WriteAsync(records);
        }
        catch (Exception fault) when (IsOverData(fault))
        {
            // One of them, or another replica was faster with the same: alone it does not matter to the others.
            await WriteOneByOneAsync(records);
        }
        catch (Exception fault)
        {
            if (_outage.Fail())
            {
                LogNotTaken(fault);
            }

            records.ForEach(record => record.Written.TrySetException(fault));
        }
    }

    private async Task WriteOneByOneAsync(List<Waiting> records)
    {
        foreach (var record in records)
        {
            try
            {
                await WriteAsync([record]);
            }
            catch (Exception fault)
            {
                LogRefused(fault);
                record.Written.TrySetException(IsOverData(fault) ? new RecordRefusedException(fault) : fault);
            }
        }
    }

    private async Task WriteAsync(List<Waiting> records)
    {
        var results = new List<(Waiting Record, RecordResult Result)>();
        await transfer.RunAsync(
            async transaction =>
            {
                await using var context = transaction.Open();
                var session = new RecordSession(transaction, context);

                // In one order everywhere, so that two replicas cannot each wait for the other.
                foreach (var record in records.OrderBy(record => record.InterceptionId, StringComparer.Ordinal))
                {
                    results.Add((record, await record.Write(session)));
                }

                await session.SaveAsync();
                return session.Parts;
            },
            CancellationToken.None);
        if (_outage.Recover() is { } outage)
        {
            LogTaken(outage.Duration, outage.Failures);
        }

        results.ForEach(written => written.Record.Written.TrySetResult(written.Result));
    }

    private bool IsOverData(Exception fault) => store.IsRefusal(fault is DbUpdateException { InnerException: { } cause } ? cause : fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store does not take records; those who sent them are told, until it does.")]
    private partial void LogNotTaken(Exception fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store takes records again after {Duration}; {Failures} writes failed.")]
    private partial void LogTaken(TimeSpan duration, long failures);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store refuses a record; whoever sent it is told.")]
    private partial void LogRefused(Exception fault);

    private sealed record Waiting(string InterceptionId, RecordWrite Write)
    {
        // Whoever is told goes on by itself, not in the writer's thread.
        public TaskCompletionSource<RecordResult> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
