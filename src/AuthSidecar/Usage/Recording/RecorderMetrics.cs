using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Usage.Recording;

/// <summary>Counts records by kind and result.</summary>
internal sealed class RecorderMetrics
{
    private static readonly string[] _kinds =
    [
        "interception_start",
        "interception_end",
        "token_usage",
        "prompt_usage",
        "tool_usage",
        "model_thought",
    ];

    private readonly Counter<long> _records;

    public RecorderMetrics(IMeterFactory meters) =>
        _records = meters
            .Create(MeterNames.Sidecar)
            .CreateCounter<long>("authsidecar_recorder_records_total", null, "Records received from services, by result.");

    public void Count(RecordKind kind, RecordResult result) => Count(kind, result.ToString().ToLowerInvariant());

    public void CountFailure(RecordKind kind) => Count(kind, "failed");

    private void Count(RecordKind kind, string result) => _records.Add(1, new("kind", _kinds[(int)kind]), new("result", result));
}
