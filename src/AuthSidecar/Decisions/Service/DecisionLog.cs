using System.Buffers;
using System.Text.Json;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Decisions.Service;

/// <summary>
/// Writes one JSON line per decision. The line reaches the operating system before the answer is sent, so that requests that reached an
/// upstream are logged even after a crash. If the log's reader falls behind, decisions do not wait (<see cref="LineOutput"/>).
/// Client-controlled texts are truncated, which keeps a line below 4 KiB.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="output">Destination of the lines.</param>
/// <param name="isText">Writes lines for people instead of JSON.</param>
internal sealed class DecisionLog(TimeProvider time, LineOutput output, bool isText = false)
{
    private const int LongestPath = 1024;
    private const int LongestName = 256;
    private const int LongestMethod = 64;

    [ThreadStatic]
    private static LineBuffer? _line;

    /// <param name="time">The clock.</param>
    /// <param name="stream">Destination of the lines; must not block.</param>
    /// <param name="alarm">Receives the warning that the destination blocks; null: standard error.</param>
    public DecisionLog(TimeProvider time, Stream stream, TextWriter? alarm = null)
        : this(time, new LineOutput(new StreamTarget(stream), time, alarm)) { }

    public void Write(CheckContext context, Decision decision, TimeSpan duration)
    {
        var line = _line ??= new();
        line.Begin();
        Write(line.Json, context, decision, duration);
        var bytes = line.End();
        output.Write(isText ? TextLines.Of(bytes) : bytes, KindOf(context, decision));
    }

    private static LineKind KindOf(CheckContext context, Decision decision) =>
        decision switch
        {
            Decision.Allow => LineKind.Allow,
            _ when context.LoggedIdentity is null => LineKind.UnidentifiedRefusal,
            _ => LineKind.Refusal,
        };

    private void Write(Utf8JsonWriter json, CheckContext context, Decision decision, TimeSpan duration)
    {
        var denial = decision.Denial;
        var isProbe = denial is not null && denial.Is(Denials.MissingCredential) && context.Kind.HasFlag(RequestKind.Head);
        json.WriteString("time"u8, time.GetUtcNow());
        json.WriteString("level"u8, denial is null || isProbe ? "Information"u8 : "Warning"u8);
        json.WriteString("event"u8, "decision"u8);
        json.WriteString("decision_id"u8, context.DecisionId);
        json.WriteString("decision"u8, decision.Name);
        json.WriteString("reason"u8, denial?.Reason ?? "");
        if (context.Shadowed.Count > 0)
        {
            json.WriteString("shadowed"u8, string.Join(' ', context.Shadowed.Select(shadowed => shadowed.Reason)));
        }

        if (denial is not null && (denial.Detail ?? context.Detail) is { } detail)
        {
            LogText.Write(json, "detail"u8, detail, LongestName);
        }

        LogText.Write(json, "policy"u8, context.ChosenPolicy?.Name, LongestName);
        if (context is { ChosenPolicy: null, Request.PolicyName: { } requested })
        {
            LogText.Write(json, "asked_policy"u8, requested, LongestName);
        }

        LogText.Write(json, "key_id"u8, context.LoggedIdentity?.KeyId, LongestName);
        LogText.Write(json, "subject"u8, context.LoggedIdentity?.Subject, LongestName);
        json.WriteString("auth_mode"u8, DecisionMetadata.AuthMode(context));
        if (context.Delegation is { } delegation)
        {
            json.WriteString("source"u8, delegation.Source);
        }

        if (context.CorrelationId is { } correlation)
        {
            LogText.Write(json, "request_id"u8, correlation, LongestName);
        }

        LogText.Write(json, "method"u8, context.Request.Method, LongestMethod);
        LogText.Write(json, "host"u8, context.Request.Host, LongestName);
        LogText.Write(
            json,
            "path"u8,
            TokenText.MayHold(context.Request.RawPath) ? TokenText.Hide(context.Request.RawPath.ToString()) : context.Request.RawPath,
            LongestPath
        );
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
