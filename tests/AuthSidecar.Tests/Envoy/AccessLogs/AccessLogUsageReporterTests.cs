using AuthSidecar.Administration.Settings;
using AuthSidecar.Envoy.AccessLogs;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using Envoy.Data.AccessLog.V3;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Tests.Envoy.AccessLogs;

public sealed class AccessLogUsageReporterTests
{
    // Time in the decision id.
    private const string Id = "019b7ccf978870008000000000000001";
    private static readonly DateTimeOffset _asked = DateTimeOffset.FromUnixTimeMilliseconds(0x019b7ccf9788);

    private readonly UsageQueue _queue = new(16);

    [Fact]
    public void End_ReportsAllFieldsOfTheEntry()
    {
        var report = ReportOf(Entry());

        Assert.Equal((Id, _asked.AddMilliseconds(-3)), (report.DecisionId, report.Time));
        Assert.Equal(("key", "ada", "llm", "acme", "byok"), (report.KeyId, report.UserId, report.Policy, report.Provider, report.Mode));
        Assert.Equal(("allow", null, 200, null), (report.Decision, report.Reason, report.Status, report.ErrorType));
        Assert.Equal((1234L, 10L, 20L), (report.DurationMs, report.RequestBytes, report.ResponseBytes));
        Assert.Equal(("codex", "/openai/v1/responses", UsageFacts.Logged | UsageFacts.Ended), (report.Client, report.Path, report.Facts));
    }

    [Theory]
    [InlineData(AccessLogType.DownstreamStart)]
    [InlineData(AccessLogType.DownstreamPeriodic)]
    [InlineData(AccessLogType.DownstreamTunnelSuccessfullyEstablished)]
    [InlineData(AccessLogType.UpstreamEnd)]
    [InlineData(AccessLogType.NotSet)]
    public void EntryOfAnotherPhase_IsNotReported(AccessLogType type)
    {
        var entry = Entry();
        entry.CommonProperties.AccessLogType = type;

        Assert.Empty(ReportsOf(entry));
    }

    public static TheoryData<string, ResponseFlags, string, int, int, string?> Ends =>
        new()
        {
            { "all is well", new(), "via_upstream", 200, 0, null },
            { "the upstream's own error", new(), "via_upstream", 529, 0, null },
            {
                "the client is gone",
                new() { DownstreamConnectionTermination = true },
                "downstream_remote_disconnect",
                200,
                (int)UsageFacts.ClientLeft,
                null
            },
            {
                "the client is gone, before an answer",
                new() { DownstreamConnectionTermination = true },
                "downstream_remote_disconnect",
                0,
                (int)UsageFacts.ClientLeft,
                null
            },
            { "the client is gone, by its word alone", new(), "downstream_remote_disconnect", 200, (int)UsageFacts.ClientLeft, null },
            {
                "the client reset its stream",
                new() { DownstreamRemoteReset = true },
                "http2.remote_reset",
                200,
                (int)UsageFacts.ClientLeft,
                null
            },
            {
                "both went",
                new() { DownstreamConnectionTermination = true, UpstreamConnectionTermination = true },
                "downstream_remote_disconnect",
                200,
                (int)UsageFacts.ClientLeft,
                null
            },
            {
                "the upstream is gone",
                new() { UpstreamConnectionTermination = true },
                "upstream_reset_after_response_started{connection_termination}",
                200,
                (int)UsageFacts.UpstreamFailed,
                "upstream_reset_after_response_started"
            },
            {
                "the upstream reset its stream",
                new() { UpstreamRemoteReset = true },
                "upstream_reset_after_response_started{remote_reset|a\nsecret}",
                200,
                (int)UsageFacts.UpstreamFailed,
                "upstream_reset_after_response_started"
            },
            {
                "nothing came for too long",
                new() { StreamIdleTimeout = true },
                "stream_idle_timeout",
                200,
                (int)UsageFacts.UpstreamFailed,
                "stream_idle_timeout"
            },
            {
                "it took too long",
                new() { DurationTimeout = true },
                "max_duration_timeout",
                200,
                (int)UsageFacts.UpstreamFailed,
                "max_duration_timeout"
            },
            {
                "never connected",
                new() { UpstreamConnectionFailure = true },
                "upstream_reset_before_response_started{connection_failure|delayed_connect_error:_Connection_refused}",
                503,
                0,
                "upstream_reset_before_response_started"
            },
            {
                "no answer in time",
                new() { UpstreamRequestTimeout = true },
                "response_timeout",
                504,
                (int)UsageFacts.UpstreamFailed,
                "response_timeout"
            },
            {
                "a word that is none of Envoy's",
                new() { UpstreamRemoteReset = true },
                "Ünknown",
                200,
                (int)UsageFacts.UpstreamFailed,
                "other"
            },
            {
                "a word without an end",
                new() { UpstreamRemoteReset = true },
                new('a', 5000),
                200,
                (int)UsageFacts.UpstreamFailed,
                "other"
            },
            { "Envoy's own answer", new(), "direct_response", 404, 0, null },
        };

    [Theory]
    [MemberData(nameof(Ends))]
    public void Outcome_HasOurName(string what, ResponseFlags flags, string details, int status, int facts, string? error)
    {
        var entry = Entry();
        entry.CommonProperties.ResponseFlags = flags;
        entry.Response.ResponseCode = (uint)status;
        entry.Response.ResponseCodeDetails = details;

        var report = ReportOf(entry);

        Assert.True(
            (UsageFacts.Logged | UsageFacts.Ended | (UsageFacts)facts, error) == (report.Facts, report.ErrorType),
            $"{what}: {report.Facts}, {report.ErrorType}"
        );
        Assert.Equal(status == 0 ? null : status, report.Status);
    }

    [Fact]
    public void Denial_HasAReasonAndNoError()
    {
        var entry = Entry();
        var fields = entry.CommonProperties.Metadata.FilterMetadata["envoy.filters.http.ext_authz"].Fields;
        (fields["decision"], fields["reason"]) = (Value.ForString("deny"), Value.ForString("rate_limited"));
        (entry.Response.ResponseCode, entry.Response.ResponseCodeDetails) = (429, "ext_authz_denied");

        Assert.Equal(
            ("deny", "rate_limited", 429, null),
            ReportOf(entry) is var report ? (report.Decision, report.Reason, report.Status, report.ErrorType) : default
        );
    }

    /// <summary>Envoy reports the end of an open WebSocket alike for both sides.</summary>
    [Fact]
    public void OpenedSocket_ReportsItsEndOnly()
    {
        var entry = Entry();
        entry.CommonProperties.Metadata.FilterMetadata["envoy.filters.http.ext_authz"].Fields["ws"] = Value.ForString("allow");
        entry.CommonProperties.ResponseFlags = new() { UpstreamConnectionTermination = true };
        (entry.Response.ResponseCode, entry.Response.ResponseCodeDetails) = (
            101,
            "upstream_reset_after_response_started{connection_termination}"
        );

        var report = ReportOf(entry);

        Assert.Equal((UsageFacts.Logged | UsageFacts.Ended, null, 101), (report.Facts, report.ErrorType, report.Status));
    }

    [Fact]
    public void ServiceKey_IsNotAttributedToAUser()
    {
        var entry = Entry();
        entry.CommonProperties.Metadata.FilterMetadata["envoy.filters.http.ext_authz"].Fields["subject"] = Value.ForString("key");

        Assert.Equal(("key", null), ReportOf(entry) is var report ? (report.KeyId, report.UserId) : default);
    }

    /// <summary>Envoy's start time is used unless it is too far from the time in the decision id.</summary>
    [Theory]
    [InlineData(-59_000, -59_000)]
    [InlineData(59_000, 59_000)]
    [InlineData(-61_000, 0)]
    [InlineData(86_400_000, 0)]
    public void WrongClock_IsIgnored(int started, int expected)
    {
        var entry = Entry();
        entry.CommonProperties.StartTime = Timestamp.FromDateTimeOffset(_asked.AddMilliseconds(started));

        Assert.Equal(_asked.AddMilliseconds(expected), ReportOf(entry).Time);
    }

    public static TheoryData<HTTPAccessLogEntry> Odd
    {
        get
        {
            var (nothing, never, negative, huge) = (Entry(), Entry(), Entry(), Entry());
            (nothing.Request, nothing.Response, nothing.CommonProperties.StartTime, nothing.CommonProperties.Duration) = (
                null,
                null,
                null,
                null
            );
            (never.CommonProperties.StartTime, never.CommonProperties.Duration) = (
                new() { Seconds = long.MaxValue, Nanos = int.MaxValue },
                new() { Seconds = long.MaxValue }
            );
            (negative.CommonProperties.StartTime, negative.CommonProperties.Duration) = (
                new() { Seconds = long.MinValue, Nanos = -1 },
                new() { Seconds = -5, Nanos = -1 }
            );
            (huge.Request.RequestBodyBytes, huge.Response.ResponseBodyBytes, huge.Response.ResponseCode) = (
                ulong.MaxValue,
                ulong.MaxValue,
                uint.MaxValue
            );
            huge.CommonProperties.StartTime = null;
            huge.CommonProperties.Duration = null;
            return [nothing, never, negative, huge];
        }
    }

    [Theory]
    [MemberData(nameof(Odd))]
    public void ImpossibleNumbers_AreOmitted(HTTPAccessLogEntry entry)
    {
        var report = ReportOf(entry);

        Assert.Equal((_asked, null), (report.Time, report.DurationMs));
        Assert.True(report is { RequestBytes: >= 0, ResponseBytes: >= 0, Status: null or 200 });
    }

    [Fact]
    public void IdWithoutAValidTime_IsNoFault()
    {
        var entry = Entry();
        entry.CommonProperties.Metadata.FilterMetadata["envoy.filters.http.ext_authz"].Fields["decision_id"] = Value.ForString(
            new('f', 32)
        );

        Assert.Equal(DateTimeOffset.UnixEpoch, ReportOf(entry).Time);
    }

    private static HTTPAccessLogEntry Entry()
    {
        var metadata = new Struct();
        foreach (
            var (key, value) in new[]
            {
                ("decision_id", Id),
                ("decision", "allow"),
                ("reason", ""),
                ("key_id", "key"),
                ("subject", "ada"),
                ("auth_mode", "byok"),
                ("policy", "llm"),
            }
        )
        {
            metadata.Fields[key] = Value.ForString(value);
        }

        return new()
        {
            CommonProperties = new()
            {
                AccessLogType = AccessLogType.DownstreamEnd,
                StartTime = Timestamp.FromDateTimeOffset(_asked.AddMilliseconds(-3)),
                Duration = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(1234.5)),
                Metadata = new() { FilterMetadata = { ["envoy.filters.http.ext_authz"] = metadata } },
            },
            Request = new()
            {
                OriginalPath = "/openai/v1/responses?key=secret",
                Path = "/v1/responses?key=secret",
                UserAgent = "codex_cli_rs/1",
                RequestBodyBytes = 10,
            },
            Response = new()
            {
                ResponseCode = 200,
                ResponseCodeDetails = "via_upstream",
                ResponseBodyBytes = 20,
            },
        };
    }

    private UsageReport ReportOf(HTTPAccessLogEntry written) => Assert.Single(ReportsOf(written));

    private List<UsageReport> ReportsOf(HTTPAccessLogEntry written)
    {
        var settings = new SidecarSettings();
        settings.Providers["acme"] = new();
        settings.Policies["llm"] = new() { Provider = "acme" };
        AccessLogReader.Read(written, out var entry);
        new AccessLogUsageReporter(_queue, new(new Snapshot(settings, []).Policies)).Report(entry!);
        var reports = new List<UsageReport>();
        _queue.TakeInto(reports, 10);
        return reports;
    }
}
