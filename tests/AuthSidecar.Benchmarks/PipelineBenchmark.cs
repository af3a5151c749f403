using System.Buffers;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Reporting;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Benchmarks;

/// <summary>From Envoy's message to the bytes of the answer, with a cached key, on one thread; then each stage separately.</summary>
internal sealed class PipelineBenchmark(Size size)
{
    private readonly int _rounds = size.Pick(15, 3);
    private readonly int _checks = size.Pick(50_000, 100);

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox();
        var check = CheckMessages.For(await BenchmarkHarness.MakeMemberAsync(sandbox));
        await using var sidecar = await LocalSidecar.StartAsync(sandbox);
        var log = new DecisionLog(TimeProvider.System, Stream.Null);
        BenchmarkHarness.MustAllow((await sidecar.CheckAsync(check)).ToMessage());

        var bytes = new ArrayBufferWriter<byte>(4096);
        var message = check.ToByteArray();
        var request = CheckRequestReader.Read(message);
        var table = new Table("on one thread", "ns of CPU (median)", "fastest round", "bytes allocated");
        Measure(table, "whole: read, run, write", () => Check(sidecar, CheckRequestReader.Read(message), bytes, null));
        Measure(table, "without the reader: run, write", () => Check(sidecar, request, bytes, null));
        Measure(table, "whole, and the decision log's line", () => Check(sidecar, CheckRequestReader.Read(message), bytes, log));
        BenchmarkHarness.MustAllow(CheckResponse.Parser.ParseFrom(bytes.WrittenSpan));
        MeasureStages(table, sidecar, message, bytes, log);
        table.Results.Add("Aims for the first row: 5,000 ns and 2,048 bytes.");
        return table;
    }

    private void MeasureStages(Table table, LocalSidecar sidecar, byte[] message, ArrayBufferWriter<byte> bytes, DecisionLog log)
    {
        Measure(table, "for comparison: the generated parser", () => CheckRequest.Parser.ParseFrom(message));
        Measure(table, "stage: reader", () => CheckRequestReader.Read(message));
        Measure(table, "stage: decision id", () => DecisionIds.Next(TimeProvider.System));
        MeasureRepeats(table, sidecar, message);
        var check = new CheckContext(CheckRequestReader.Read(message), DecisionIds.Next(TimeProvider.System));
        foreach (var step in sidecar.Pipeline.Steps)
        {
            Measure(table, $"stage: step {step.Name}", () => Step(step, check));
        }

        var allow = (Decision.Allow)
            sidecar
                .Pipeline.RunAsync(new(CheckRequestReader.Read(message), check.DecisionId), CancellationToken.None)
                .AsTask()
                .GetAwaiter()
                .GetResult();
        Measure(table, "stage: writer", () =>
        {
            bytes.ResetWrittenCount();
            sidecar.Writer.Write(check, allow).WriteTo(bytes);
        });
        Measure(table, "stage: decision log's line", () => log.Write(check, allow, TimeSpan.FromMicroseconds(5)));
        MeasureUsage(table, check, allow);
    }

    // Each request is new, as nearly all are; the answers are dropped at the bounds of the table.
    private void MeasureRepeats(Table table, LocalSidecar sidecar, byte[] message)
    {
        using var repeats = new RepeatTable(TimeProvider.System);
        var ids = new RepeatIds(sidecar.Peppers, TimeProvider.System);
        var known = RepeatKey.Of(1, (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, message);
        var stream = 0UL;
        var id = ids.Of(known)!;
        var check = new CheckContext(CheckRequestReader.Read(message), id);
        var allow = sidecar.Pipeline.RunAsync(check, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        _ = sidecar.Writer.Write(check, allow);
        var answer = sidecar.Writer.Write(check, allow);
        Measure(table, "stage: key of a repeat (in the reader)", () => RepeatKey.Of(++stream, 1, message));
        Measure(table, "stage: decision id that repeats share", () => ids.Of(known));
        Measure(table, "stage: begin and end of a Check that can be repeated", () =>
        {
            var key = known with { Stream = ++stream, Hash = stream * 0x9E3779B97F4A7C15 };
            _ = repeats.Begin(key);
            repeats.Finish(key, answer);
        });
    }

    // Includes a consumer, as in the writer.
    private void MeasureUsage(Table table, CheckContext check, Decision decision)
    {
        const int Batch = 4096;
        var queue = new UsageQueue(2 * Batch);
        var usage = new DecisionUsageReporter(queue, TimeProvider.System, NullLogger<DecisionUsageReporter>.Instance);
        var taken = new List<UsageReport>(Batch);
        var recorded = 0;
        Measure(table, "stage: recording usage, and dequeuing it", () =>
        {
            usage.Report(check, decision, TimeSpan.FromMicroseconds(5));
            if (++recorded % Batch == 0)
            {
                taken.Clear();
                queue.TakeInto(taken, Batch);
            }
        });
        table.Results.Add($"Usage: {queue.Offered} offered, {queue.Dropped} dropped.");
    }

    private static void Check(LocalSidecar sidecar, InboundRequest request, ArrayBufferWriter<byte> bytes, DecisionLog? log)
    {
        var check = new CheckContext(request, DecisionIds.Next(TimeProvider.System));
        var pending = sidecar.Pipeline.RunAsync(check, CancellationToken.None);

        // On a busy machine the last poll of the store may be so old that cached keys are not used.
        var decision = pending.IsCompletedSuccessfully ? pending.Result : pending.AsTask().GetAwaiter().GetResult();
        bytes.ResetWrittenCount();
        sidecar.Writer.Write(check, decision).WriteTo(bytes);
        log?.Write(check, decision, TimeSpan.FromMicroseconds(5));
    }

    private static void Step(ICheckStep step, CheckContext check)
    {
        var pending = step.RunAsync(check, CancellationToken.None);
        _ =
            pending.IsCompletedSuccessfully && pending.Result.IsContinue
                ? true
                : throw new InvalidOperationException($"{step.Name} did not continue.");
    }

    private void Measure(Table table, string what, Action check)
    {
        var (times, sizes) = (new List<double>(), new List<double>());
        for (var round = 0; round < _rounds; round++)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var started = ThreadClock.Nanoseconds();
            for (var i = 0; i < _checks; i++)
            {
                check();
            }

            times.Add((ThreadClock.Nanoseconds() - started) / _checks);
            sizes.Add((double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / _checks);
        }

        // The first rounds warm up the JIT.
        table.Add(what, $"{times.Skip(_rounds / 3).Median():N0}", $"{times.Min():N0}", $"{sizes.Skip(_rounds / 3).Median():N0}");
    }
}
