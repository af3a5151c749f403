using System.Buffers;
using AuthSidecar.ExtAuthz;
using AuthSidecar.IntegrationTests.Servers;
using AuthSidecar.Pipeline;
using Envoy.Service.Auth.V3;

namespace AuthSidecar.Benchmarks;

/// <summary>From Envoy's message to the bytes of the answer, with a remembered key, on one thread; then each part by itself.</summary>
internal static class PipelineBenchmark
{
    private const int Rounds = 15;
    private const int Checks = 50_000;

    public static async Task<Table> RunAsync()
    {
        using var home = new SidecarHome();
        var question = Questions.For(await Lab.MakeKeyAsync(home));
        await using var sidecar = await LocalSidecar.StartAsync(home);
        var pipeline = sidecar.Pipeline;
        var log = new DecisionLog(TimeProvider.System, Stream.Null);
        Lab.MustAllow((await sidecar.AskAsync(question)).ToMessage());

        var bytes = new ArrayBufferWriter<byte>(4096);
        var request = CheckRequestReader.Read(question);
        var table = new Table("on one thread", "ns of CPU (median)", "fastest round", "bytes allocated");
        Measure(table, "whole: read, run, write", () => Check(pipeline, CheckRequestReader.Read(question), bytes, null));
        Measure(table, "without the reader: run, write", () => Check(pipeline, request, bytes, null));
        Measure(table, "whole, and the decision log's line", () => Check(pipeline, CheckRequestReader.Read(question), bytes, log));
        Lab.MustAllow(CheckResponse.Parser.ParseFrom(bytes.WrittenSpan));
        MeasureParts(table, pipeline, question, bytes, log);
        table.Results.Add("Aims for the first row: 5,000 ns and 2,048 bytes.");
        return table;
    }

    private static void MeasureParts(Table table, CheckPipeline pipeline, CheckRequest question, ArrayBufferWriter<byte> bytes, DecisionLog log)
    {
        var framed = Questions.Framed(question).AsMemory(5);
        Measure(table, "part: protobuf's parser (not in the rows above)", () => CheckRequest.Parser.ParseFrom(framed.Span));
        Measure(table, "part: reader", () => CheckRequestReader.Read(question));
        Measure(table, "part: decision id", () => DecisionIds.Next(TimeProvider.System));
        var check = new CheckContext(CheckRequestReader.Read(question), DecisionIds.Next(TimeProvider.System));
        foreach (var step in pipeline.Steps)
        {
            Measure(table, $"part: step {step.Name}", () => step.RunAsync(check, CancellationToken.None));
        }

        var allow = new Decision.Allow(check.Caller, check.Edits);
        Measure(table, "part: writer", () =>
        {
            bytes.ResetWrittenCount();
            CheckResponseWriter.Write(check, allow).WriteTo(bytes);
        });
        Measure(table, "part: decision log's line", () => log.Write(check, allow, TimeSpan.FromMicroseconds(5)));
    }

    private static void Check(CheckPipeline pipeline, InboundRequest request, ArrayBufferWriter<byte> bytes, DecisionLog? log)
    {
        var check = new CheckContext(request, DecisionIds.Next(TimeProvider.System));
        var pending = pipeline.RunAsync(check, CancellationToken.None);
        var decision = pending.IsCompletedSuccessfully ? pending.Result : throw new InvalidOperationException("The key is not remembered.");
        bytes.ResetWrittenCount();
        CheckResponseWriter.Write(check, decision).WriteTo(bytes);
        log?.Write(check, decision, TimeSpan.FromMicroseconds(5));
    }

    private static void Measure(Table table, string what, Action check)
    {
        var (times, sizes) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var started = ThreadClock.Nanoseconds();
            for (var i = 0; i < Checks; i++)
            {
                check();
            }

            times.Add((ThreadClock.Nanoseconds() - started) / Checks);
            sizes.Add((double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / Checks);
        }

        // The first rounds are the compiler's.
        table.Add(what, $"{times.Skip(Rounds / 3).Median():N0}", $"{times.Min():N0}", $"{sizes.Skip(Rounds / 3).Median():N0}");
    }
}
