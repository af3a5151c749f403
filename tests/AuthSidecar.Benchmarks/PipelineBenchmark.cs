using System.Buffers;
using System.Diagnostics;
using AuthSidecar.ExtAuthz;
using AuthSidecar.IntegrationTests.Servers;
using AuthSidecar.Pipeline;
using Envoy.Service.Auth.V3;

namespace AuthSidecar.Benchmarks;

/// <summary>From Envoy's message to the bytes of the answer, with a remembered key, on one thread.</summary>
internal static class PipelineBenchmark
{
    private const int Rounds = 15;
    private const int Checks = 100_000;

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
        var table = new Table("from a message to the answer's bytes", "ns a request (median)", "fastest round", "bytes allocated a request");
        Measure(table, "whole: read, run, write", () => Check(pipeline, CheckRequestReader.Read(question), bytes, null));
        Measure(table, "without the reader: run, write", () => Check(pipeline, request, bytes, null));
        Measure(table, "whole, and the decision log's line", () => Check(pipeline, CheckRequestReader.Read(question), bytes, log));
        Lab.MustAllow(CheckResponse.Parser.ParseFrom(bytes.WrittenSpan));
        table.Results.Add("Aims: 5,000 ns and 2,048 bytes.");
        return table;
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
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < Checks; i++)
            {
                check();
            }

            times.Add(clock.Elapsed.TotalNanoseconds / Checks);
            sizes.Add((double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / Checks);
        }

        // The first rounds are the compiler's.
        table.Add(what, $"{times.Skip(Rounds / 3).Median():N0}", $"{times.Min():N0}", $"{sizes.Skip(Rounds / 3).Median():N0}");
    }
}
