using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.AccessLogs;
using AuthSidecar.Tests.Access.ParallelLimits;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.Tests.WebSockets.Leases;
using AuthSidecar.Usage.Pipeline;
using Envoy.Data.AccessLog.V3;
using Envoy.Service.AccessLog.V3;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using AccessLogService = AuthSidecar.Envoy.AccessLogs.AccessLogService;

namespace AuthSidecar.Tests.Envoy.AccessLogs;

public sealed class AccessLogServiceTests : IDisposable
{
    private const string Id = "0199aa00000070008000000000000001";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly TestMetrics _metrics = new();
    private readonly RecordingLogger<DecisionGuard> _guardLog = new();
    private DecisionMacs _macs = Steps.Macs;
    private readonly SidecarSettings _settings = new();
    private readonly ScriptedLeases _leases = new();
    private readonly ScriptedRequestLeases _requests = new();
    private readonly AccessLogStreams _streams = new();
    private readonly UsageQueue _usage = new(16);
    private readonly RecordingLogger<AccessLogService> _log = new();

    [Theory]
    [InlineData(AccessLogType.DownstreamTunnelSuccessfullyEstablished, 1, 0)]
    [InlineData(AccessLogType.DownstreamPeriodic, 1, 0)]
    [InlineData(AccessLogType.DownstreamEnd, 0, 1)]
    [InlineData(AccessLogType.DownstreamStart, 0, 0)]
    [InlineData(AccessLogType.UpstreamEnd, 0, 0)]
    [InlineData(AccessLogType.UpstreamPeriodic, 0, 0)]
    [InlineData(AccessLogType.TcpConnectionEnd, 0, 0)]
    [InlineData(AccessLogType.NotSet, 0, 0)]
    [InlineData((AccessLogType)4711, 0, 0)]
    public async Task Entry_RenewsOrEndsTheLeaseOfItsSocket(AccessLogType type, int renewed, int ended)
    {
        await SendAsync(Message(Entry(type)));

        Assert.Equal(Enumerable.Repeat<SocketLease>(new(Id, "ada"), renewed), _leases.Renewed);
        Assert.Equal(Enumerable.Repeat<SocketLease>(new(Id, "ada"), ended), _leases.Ended);
        Assert.Equal(1, Count("socket"));
    }

    /// <summary>Check counts the sockets of a service by its key line, so renewals and ends must use the line too.</summary>
    [Theory]
    [InlineData("key2", "key2", "key1", "key1")]
    [InlineData("ada", "key2", "key1", "ada")]
    [InlineData("key2", "key2", "", "key2")]
    public async Task SocketOfARotatedKey_IsTheLinesWhereTheCallerIsTheKey(string subject, string key, string line, string owner)
    {
        await SendAsync(Message(With(("decision_id", Id), ("subject", subject), ("key_id", key), ("key_line", line), ("ws", "allow"))));

        Assert.Equal([new(Id, owner)], _leases.Ended);
    }

    [Theory]
    [InlineData(AccessLogType.DownstreamEnd, "", "end")]
    [InlineData(AccessLogType.DownstreamEnd, "allow", "end")]
    [InlineData(AccessLogType.DownstreamPeriodic, "", null)]
    [InlineData(AccessLogType.DownstreamPeriodic, "allow", "renew")]
    [InlineData(AccessLogType.DownstreamTunnelSuccessfullyEstablished, "allow", "renew")]
    [InlineData(AccessLogType.DownstreamStart, "allow", null)]
    public async Task CountedRequest_EndsWithItsEntry_AndReportsOfASocketRenewIt(AccessLogType type, string ws, string? change)
    {
        var counted = With(("decision_id", Id), ("subject", "ada"), ("ws", ws), ("parallel", "counted"));
        var other = With(("decision_id", Id), ("subject", "ada"), ("ws", ws));
        (counted.CommonProperties.AccessLogType, other.CommonProperties.AccessLogType) = (type, type);

        await SendAsync(Message(counted, other));

        Assert.Equal(change is null ? [] : [(change, Id)], _requests.Changes);
    }

    public static TheoryData<string, HTTPAccessLogEntry, string> Others =>
        new()
        {
            { "nothing in it", new(), "undecided" },
            {
                "no metadata",
                new() { CommonProperties = new() { AccessLogType = AccessLogType.DownstreamEnd } },
                "undecided"
            },
            { "metadata of others", With("envoy.filters.http.other", ("decision_id", Id), ("ws", "allow")), "undecided" },
            { "no decision id", With(("subject", "ada"), ("ws", "allow")), "malformed" },
            { "empty decision id", With(("decision_id", ""), ("subject", "ada"), ("ws", "allow")), "malformed" },
            { "decision id of another form", With(("decision_id", $"{Id}0"), ("subject", "ada"), ("ws", "allow")), "malformed" },
            { "decision id in upper case", With(("decision_id", Id.ToUpperInvariant()), ("subject", "ada"), ("ws", "allow")), "malformed" },
            { "no socket", With(("decision_id", Id), ("subject", "ada")), "request" },
            { "a socket that was not let through", With(("decision_id", Id), ("subject", "ada"), ("ws", "deny")), "request" },
            { "with an empty subject", With(("decision_id", Id), ("subject", ""), ("ws", "allow")), "socket" },
            { "without a subject field", With(("decision_id", Id), ("ws", "allow")), "socket" },
        };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task EntriesWithoutALease_AreCountedAndIgnored_AndTheStreamContinues(string what, HTTPAccessLogEntry entry, string result)
    {
        await SendAsync(Message(entry), Message(Entry(AccessLogType.DownstreamPeriodic)));

        Assert.True(_leases.Ended.IsEmpty, what);
        Assert.Single(_leases.Renewed);
        Assert.Equal(result == "socket" ? 2 : 1, Count(result));
    }

    [Fact]
    public async Task MetadataThatIsNoText_IsIgnored()
    {
        var entry = Entry(AccessLogType.DownstreamEnd);
        entry.CommonProperties.Metadata.FilterMetadata["envoy.filters.http.ext_authz"].Fields["decision_id"] = Value.ForNumber(7);

        await SendAsync(
            Message(entry),
            new(),
            new() { HttpLogs = new() },
            new() { TcpLogs = new() { LogEntry = { new TCPAccessLogEntry(), new TCPAccessLogEntry() } } }
        );

        Assert.Empty(_leases.Ended);
        Assert.Equal(3, Count("malformed"));
    }

    public static TheoryData<string, Action<Struct>, string> ForgedDecisions =>
        new()
        {
            { "no MAC, as before there was one", metadata => metadata.Fields.Remove("mac"), "missing" },
            { "an empty one", metadata => metadata.Fields["mac"] = Value.ForString(""), "missing" },
            { "another", metadata => metadata.Fields["mac"] = Value.ForString(new('0', 32)), "wrong" },
            { "one that is cut", metadata => metadata.Fields["mac"] = Value.ForString(metadata.Fields["mac"].StringValue[..31]), "wrong" },
            {
                "one in upper case",
                metadata => metadata.Fields["mac"] = Value.ForString(metadata.Fields["mac"].StringValue.ToUpperInvariant()),
                "wrong"
            },
            { "the MAC of another decision", metadata => metadata.Fields["decision_id"] = Value.ForString($"{Id[..^1]}2"), "wrong" },
            { "another subject", metadata => metadata.Fields["subject"] = Value.ForString("victim"), "wrong" },
            { "another key", metadata => metadata.Fields["key_id"] = Value.ForString("victim000key"), "wrong" },
            { "another policy", metadata => metadata.Fields["policy"] = Value.ForString("openai"), "wrong" },
            { "an allow instead", metadata => metadata.Fields["decision"] = Value.ForString("allow"), "wrong" },
            { "another mode", metadata => metadata.Fields["auth_mode"] = Value.ForString("byok"), "wrong" },
            { "another reason", metadata => metadata.Fields["reason"] = Value.ForString("budget_exceeded"), "wrong" },
            { "another line of keys", metadata => metadata.Fields["key_line"] = Value.ForString("victim000key"), "wrong" },
            { "a refusal that was counted", metadata => metadata.Fields["usage"] = Value.ForString("counted"), "wrong" },
            { "a socket that was none", metadata => metadata.Fields["ws"] = Value.ForString("allowed"), "wrong" },
            { "a running request that was none", metadata => metadata.Fields["parallel"] = Value.ForString("counted"), "wrong" },
            { "one with other peppers", metadata => new DecisionMacs(new([new("another pepper")])).Sign(metadata), "wrong" },
        };

    [Theory]
    [MemberData(nameof(ForgedDecisions))]
    public async Task EntryWithoutADecision_ChangesNoLeaseAndNoUsage(string what, Action<Struct> change, string reason)
    {
        var (alive, ended) = (Entry(AccessLogType.DownstreamPeriodic), Entry(AccessLogType.DownstreamEnd));
        change(alive.CommonProperties.Metadata.FilterMetadata["envoy.filters.http.ext_authz"]);
        change(ended.CommonProperties.Metadata.FilterMetadata["envoy.filters.http.ext_authz"]);

        await SendAsync(Message(alive, ended));

        Assert.True(_leases.Renewed.IsEmpty && _leases.Ended.IsEmpty && _requests.Changes.IsEmpty, what);
        Assert.Equal(0, _usage.Offered);
        Assert.Equal(2, Count("wrong_mac"));
        Assert.Equal(2, _metrics.Counts[$"authsidecar_reports_refused_total{{source=access_log,reason={reason}}}"]);
        Assert.Contains("ipv4:127.0.0.1:1", Assert.Single(_guardLog.Entries).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ManyForgedEntries_AreOneLogLine()
    {
        var guard = Guard();
        for (var call = 0; call < 1000; call++)
        {
            guard.Accepts(DecisionFacts.None with { Id = $"{call}" }, "ext_proc", "peer");
        }

        Assert.Single(_guardLog.Entries);
    }

    [Fact]
    public async Task EntryWithAnOlderPepper_Counts()
    {
        var entry = Entry(AccessLogType.DownstreamEnd);
        new DecisionMacs(new([new("an older pepper")])).Sign(
            entry.CommonProperties.Metadata.FilterMetadata["envoy.filters.http.ext_authz"]
        );
        _macs = new(new([new("a newer pepper"), new("an older pepper")]));

        await SendAsync(Message(entry));

        Assert.Single(_leases.Ended);
        Assert.Equal(1, Count("socket"));
    }

    [Fact]
    public async Task WithoutCaps_NothingIsKept()
    {
        (_settings.Limits.WebSocketsPerUser, _settings.Limits.WebSocketsPerReplica) = (0, 0);

        await SendAsync(Message(Entry(AccessLogType.DownstreamPeriodic), Entry(AccessLogType.DownstreamEnd)));

        Assert.Empty(_leases.Renewed);
        Assert.Empty(_leases.Ended);
    }

    [Fact]
    public async Task ErrorInOneEntry_AffectsNoOther()
    {
        _leases.Fault = new InvalidOperationException();

        await SendAsync(Message(Entry(AccessLogType.DownstreamPeriodic), Entry(AccessLogType.DownstreamEnd)));

        Assert.Single(_leases.Ended);
        Assert.Equal(1, _usage.Offered);
        Assert.Contains(Id, Assert.Single(_log.Entries).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_EndsWithTheDrain_AndNotBefore()
    {
        var silent = new Silent();
        var call = Service().StreamAccessLogs(silent, new TestCall());
        await silent.Asked.WaitAsync(_patience);
        Assert.False(call.IsCompleted);

        await _streams.StoppingAsync(CancellationToken.None);

        await call.WaitAsync(_patience);
    }

    [Fact]
    public async Task StreamResetByEnvoy_Ends()
    {
        using var gone = new CancellationTokenSource();
        var silent = new Silent();
        var call = Service().StreamAccessLogs(silent, new TestCall(cancellationToken: gone.Token));
        await silent.Asked.WaitAsync(_patience);

        await gone.CancelAsync();

        await call.WaitAsync(_patience);
    }

    public void Dispose()
    {
        _streams.Dispose();
        _metrics.Dispose();
    }

    private long Count(string result) => _metrics.Counts.GetValueOrDefault($"authsidecar_access_log_entries_total{{result={result}}}");

    private AccessLogService Service() =>
        new(
            new(_leases, _requests, new(_settings.Limits)),
            new(_usage, new(new Snapshot(_settings, []).Policies)),
            new(_metrics.Meter),
            Guard(),
            _streams,
            _log
        );

    private DecisionGuard Guard() => new(_macs, _metrics, TimeProvider.System, _guardLog);

    private async Task SendAsync(params StreamAccessLogsMessage[] messages) =>
        await Service().StreamAccessLogs(new Recorded(messages), new TestCall()).WaitAsync(_patience);

    private static StreamAccessLogsMessage Message(params HTTPAccessLogEntry[] entries) =>
        new() { HttpLogs = new() { LogEntry = { entries } } };

    private static HTTPAccessLogEntry Entry(AccessLogType type)
    {
        var entry = With(("decision_id", Id), ("subject", "ada"), ("ws", "allow"));
        entry.CommonProperties.AccessLogType = type;
        return entry;
    }

    private static HTTPAccessLogEntry With(params (string Key, string Value)[] fields) => With("envoy.filters.http.ext_authz", fields);

    private static HTTPAccessLogEntry With(string filter, params (string Key, string Value)[] fields)
    {
        var metadata = new Struct();
        foreach (var (key, value) in fields)
        {
            metadata.Fields[key] = Value.ForString(value);
        }

        Steps.Macs.Sign(metadata);
        return new()
        {
            CommonProperties = new()
            {
                AccessLogType = AccessLogType.DownstreamEnd,
                Metadata = new global::Envoy.Config.Core.V3.Metadata { FilterMetadata = { [filter] = metadata } },
            },
        };
    }

    private sealed class Recorded(StreamAccessLogsMessage[] messages) : IAsyncStreamReader<StreamAccessLogsMessage>
    {
        private int _next = -1;

        public StreamAccessLogsMessage Current => messages[_next];

        public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromResult(++_next < messages.Length);
    }

    /// <summary>A stream that Envoy never ends.</summary>
    private sealed class Silent : IAsyncStreamReader<StreamAccessLogsMessage>
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public StreamAccessLogsMessage Current => throw new InvalidOperationException();

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            _asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return false;
        }
    }
}
