using System.Buffers;
using System.Text.Json;
using AuthSidecar.Paths;
using AuthSidecar.Pipeline;
using AuthSidecar.Telemetry;

namespace AuthSidecar.ExtAuthz;

/// <summary>One JSON line for each decision, handed to the operating system before the answer leaves: whatever reached an upstream stands in the log, even after a crash.</summary>
internal sealed class DecisionLog(TimeProvider time, Stream output, TextWriter? alarm = null) : IDisposable
{
    [ThreadStatic]
    private static LineBuffer? _line;

    private readonly Lock _lock = new();
    private readonly OutageLog _outage = new(time);

    private TextWriter Alarm => alarm ?? Console.Error;

    public void Write(CheckContext context, Decision decision, TimeSpan duration)
    {
        var line = _line ??= new();
        line.Begin();
        Write(line.Json, context, decision, duration);
        var bytes = line.End();
        lock (_lock)
        {
            try
            {
                output.Write(bytes);
                output.Flush();
                if (_outage.Recover() is { } outage)
                {
                    Alarm.WriteLine($"Decisions are logged again after {outage.Duration}; {outage.Failures} were not logged.");
                }
            }
            catch (IOException fault)
            {
                // A full disk or a closed pipe is an alarm and not a reason to refuse everybody.
                if (_outage.Fail())
                {
                    Alarm.WriteLine($"Decisions are no longer logged: {fault.Message}");
                }
            }
        }
    }

    public void Dispose() => output.Dispose();

    private void Write(Utf8JsonWriter json, CheckContext context, Decision decision, TimeSpan duration)
    {
        var denial = decision.Refusal;
        var isProbe = denial is not null && denial.Is(Denials.MissingCredential) && context.Kind.HasFlag(RequestKind.Head);
        json.WriteString("time"u8, time.GetUtcNow());
        json.WriteString("level"u8, denial is null || isProbe ? "Information"u8 : "Warning"u8);
        json.WriteString("event"u8, "decision"u8);
        json.WriteString("decision_id"u8, context.DecisionId);
        json.WriteString("decision"u8, decision.Word);
        json.WriteString("reason"u8, denial?.Reason ?? "");
        if (context.Shadowed.Count > 0)
        {
            json.WriteString("shadowed"u8, string.Join(' ', context.Shadowed.Select(refusal => refusal.Reason)));
        }

        if (denial is not null && (denial.Detail ?? context.Detail) is { } detail)
        {
            json.WriteString("detail"u8, detail);
        }

        json.WriteString("policy"u8, context.ChosenPolicy?.Name ?? "");
        if (context is { ChosenPolicy: null, Request.PolicyName: { } asked })
        {
            json.WriteString("asked_policy"u8, asked);
        }

        json.WriteString("key_id"u8, context.Identity?.KeyId ?? "");
        json.WriteString("subject"u8, context.Identity?.Subject ?? "");
        json.WriteString("auth_mode"u8, DecisionMetadata.AuthMode(context));
        if (context.Delegation is { } delegation)
        {
            json.WriteString("source"u8, delegation.Source);
        }

        if (context.CorrelationId is { } correlation)
        {
            json.WriteString("request_id"u8, correlation);
        }

        json.WriteString("method"u8, context.Request.Method);
        json.WriteString("host"u8, context.Request.Host);
        json.WriteString("path"u8, TokenText.MayHold(context.Request.RawPath) ? TokenText.Hide(context.Request.RawPath.ToString()) : context.Request.RawPath);
        json.WriteNumber("duration_us"u8, (long)duration.TotalMicroseconds);
    }

    private sealed class LineBuffer
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(1024);

        public LineBuffer() => Json = new(_bytes);

        public Utf8JsonWriter Json { get; }

        public void Begin()
        {
            _bytes.ResetWrittenCount();
            Json.Reset();
            Json.WriteStartObject();
        }

        public ReadOnlySpan<byte> End()
        {
            Json.WriteEndObject();
            Json.Flush();
            _bytes.Write("\n"u8);
            return _bytes.WrittenSpan;
        }
    }
}
