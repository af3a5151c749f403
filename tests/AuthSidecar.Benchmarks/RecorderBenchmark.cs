using System.Diagnostics;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Benchmarks;

/// <summary>Services that record an interception, its tokens and its end, each call only after the response to the previous one.</summary>
internal sealed class RecorderBenchmark(Size size)
{
    private const int Calls = 3;
    private readonly TimeSpan _round = size.Pick(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(0.2));

    public async Task<Table> RunAsync()
    {
        var table = new Table("services at once", "records/s", "p50, ms", "p99, ms", "worst, ms", "ms of CPU a record");
        using var sandbox = new SidecarSandbox();
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        using var channel = GrpcChannel.ForAddress(sidecar.Companion);
        var client = new Recorder.RecorderClient(channel);
        await RunAsync(client, 16);
        var recorded = 0;
        foreach (var services in new[] { 1, 16, 64 })
        {
            var clock = Stopwatch.StartNew();
            var busy = Busy();
            var times = await RunAsync(client, services);
            busy = Busy() - busy;
            recorded += times.Count;
            table.Add(
                services,
                $"{times.Count / clock.Elapsed.TotalSeconds:N0}",
                $"{times.Percentile(50):F1}",
                $"{times.Percentile(99):F1}",
                $"{times.Max():F1}",
                $"{busy.TotalMilliseconds / times.Count:F2}"
            );
        }

        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        await using var context = seeder.Store.Open();
        var complete = await context.Usage.CountAsync(row => row.Outcome == "complete");
        if (complete < recorded / Calls)
        {
            throw new InvalidOperationException($"{complete} rows are complete, of at least {recorded / Calls}.");
        }

        table.Results.Add(
            $"Each record was on the disk before its answer. Rows that are complete: {complete:N0}, of at least {recorded / Calls:N0}."
        );
        return table;

        TimeSpan Busy()
        {
            using var process = Process.GetProcessById(sidecar.Id);
            return process.TotalProcessorTime;
        }
    }

    private async Task<List<double>> RunAsync(Recorder.RecorderClient client, int services)
    {
        var clock = Stopwatch.StartNew();
        var times = await Task.WhenAll(
            Enumerable
                .Range(0, services)
                .Select(async _ =>
                {
                    var mine = new List<double>();
                    while (clock.Elapsed < _round)
                    {
                        await RecordAsync(client, mine);
                    }

                    return mine;
                })
        );
        return [.. times.SelectMany(mine => mine)];
    }

    private static async Task RecordAsync(Recorder.RecorderClient client, List<double> times)
    {
        var (id, headers) = (Guid.NewGuid().ToString(), new Metadata { { "authorization", $"Bearer {SidecarSandbox.ServiceCredential}" } });
        var now = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow);
        await TimeAsync(() =>
            client
                .RecordInterceptionAsync(
                    new()
                    {
                        Id = id,
                        InitiatorId = "0195d3c4-0000-7000-8000-0000000000aa",
                        ApiKeyId = "abcdefghijkl",
                        Provider = "openai",
                        Model = "gpt-5",
                        StartedAt = now,
                        UserAgent = "codex/1.2",
                    },
                    headers
                )
                .ResponseAsync
        );
        await TimeAsync(() =>
            client
                .RecordTokenUsageAsync(
                    new()
                    {
                        InterceptionId = id,
                        MsgId = "msg_1",
                        InputTokens = 10,
                        OutputTokens = 5,
                        CreatedAt = now,
                    },
                    headers
                )
                .ResponseAsync
        );
        await TimeAsync(() =>
            client
                .RecordInterceptionEndedAsync(new() { Id = id, EndedAt = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow) }, headers)
                .ResponseAsync
        );

        async Task TimeAsync(Func<Task> call)
        {
            var start = Stopwatch.GetTimestamp();
            await call();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }
}
