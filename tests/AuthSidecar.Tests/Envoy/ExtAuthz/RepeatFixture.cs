using System.Text;
using System.Text.Json;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Reporting;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

/// <summary>One replica: its Check, its decision log, its usage reports, and how often its steps ran and released.</summary>
internal sealed class RepeatFixture : IDisposable, IResourceReleaser
{
    private readonly TestMeters _meters = new();
    private readonly MemoryStream _log = new();
    private readonly UsageQueue _queue = new(1024);
    private readonly CheckService _service;
    private int _runs;
    private int _releases;

    /// <param name="step">Runs after the caller is mounted.</param>
    /// <param name="pepper">The pepper, which replicas share.</param>
    public RepeatFixture(Func<CheckContext, ValueTask<StepResult>>? step = null, string pepper = "a pepper")
    {
        Time.SetUtcNow(new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));
        Table = new(Time);
        var counting = Steps.Do(
            (context, _) =>
            {
                Interlocked.Increment(ref _runs);
                return step?.Invoke(context) ?? new(StepResult.Continue);
            }
        );
        _service = new(
            new(
                new([Steps.Mount(), counting]),
                new(Time, Stream.Synchronized(_log)),
                Time,
                NullLogger<DecisionService>.Instance,
                releasers: [this],
                usage: new(_queue, Time, NullLogger<DecisionUsageReporter>.Instance)
            ),
            Steps.Closer,
            new(Steps.Macs),
            Time,
            new(Table, new(new([new(pepper)]), Time), Time, _meters)
        );
    }

    public FakeTimeProvider Time { get; } = new();

    public RepeatTable Table { get; }

    public int Runs => Volatile.Read(ref _runs);

    public int Releases => Volatile.Read(ref _releases);

    /// <summary>Envoy's message.</summary>
    /// <param name="stream">The stream's id.</param>
    /// <param name="time">Time of the request; null: that of the clock.</param>
    /// <param name="change">Changes the message.</param>
    public CheckRequest Request(string stream = "13478651974310235617", Timestamp? time = null, Action<CheckRequest>? change = null)
    {
        var request = new CheckRequest
        {
            Attributes = new()
            {
                Source = new()
                {
                    Address = new()
                    {
                        SocketAddress = new() { Address = "192.0.2.1", PortValue = 40_000 },
                    },
                },
                Request = new()
                {
                    Time = time ?? Timestamp.FromDateTimeOffset(Time.GetUtcNow()),
                    Http = new()
                    {
                        Id = stream,
                        Method = "GET",
                        Path = "/",
                        Host = "example.com",
                        HeaderMap = new()
                        {
                            Headers =
                            {
                                new HeaderValue { Key = "x-request-id", RawValue = ByteString.CopyFromUtf8("the same") },
                            },
                        },
                    },
                },
            },
        };
        change?.Invoke(request);
        return request;
    }

    public async Task<CheckResponse> CheckAsync(CheckRequest request, TestCall? call = null) =>
        (await _service.Check(CheckRequestReader.Read(request.ToByteArray()), call ?? new())).ToMessage();

    /// <summary>A call whose deadline is one second from now.</summary>
    public TestCall Call(CancellationToken left = default) => new(Time.GetUtcNow().UtcDateTime.AddSeconds(1), cancellationToken: left);

    /// <summary>The decisions in the log, as <c>id decision reason</c>.</summary>
    public IReadOnlyList<string> Lines() =>
        [
            .. Encoding
                .UTF8.GetString(_log.ToArray())
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement)
                .Select(line => $"{line.GetProperty("decision_id")} {line.GetProperty("decision")} {line.GetProperty("reason")}".Trim()),
        ];

    public IReadOnlyList<UsageReport> Reports()
    {
        var reports = new List<UsageReport>();
        _queue.TakeInto(reports, int.MaxValue);
        return reports;
    }

    public static string IdOf(CheckResponse answer) => answer.DynamicMetadata.Fields["decision_id"].StringValue;

    public static string DecisionOf(CheckResponse answer) => answer.DynamicMetadata.Fields["decision"].StringValue;

    public void Release(CheckContext context) => Interlocked.Increment(ref _releases);

    public void Dispose()
    {
        Table.Dispose();
        _meters.Dispose();
        _log.Dispose();
    }
}
