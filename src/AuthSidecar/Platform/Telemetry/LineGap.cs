using System.Text.Json;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Lines delayed or dropped while the log was blocked.</summary>
internal sealed class LineGap
{
    // A shorter gap without drops is not reported.
    private static readonly TimeSpan _notable = TimeSpan.FromSeconds(2);

    private readonly long[] _dropped = new long[Enum.GetValues<LineKind>().Length];

    public long Delayed { get; set; }

    public long Dropped => _dropped.Sum();

    public void Drop(LineKind kind) => _dropped[(int)kind]++;

    public void Clear()
    {
        Delayed = 0;
        Array.Clear(_dropped);
    }

    /// <param name="time">The clock.</param>
    /// <param name="began">Timestamp of the start.</param>
    /// <returns>The notice, a log line; null: nothing dropped, and no notable delay.</returns>
    public byte[]? ToNotice(TimeProvider time, long began)
    {
        var duration = time.GetElapsedTime(began);
        if (Dropped == 0 && (Delayed == 0 || duration < _notable))
        {
            return null;
        }

        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, time.GetUtcNow());
            json.WriteString("level"u8, "Warning"u8);
            json.WriteString("event"u8, "log_recovered"u8);
            json.WriteNumber("duration_ms"u8, (long)duration.TotalMilliseconds);
            json.WriteNumber("delayed"u8, Delayed);
            foreach (var kind in Enum.GetValues<LineKind>())
            {
                json.WriteNumber($"dropped_{kind.ToLabel()}", _dropped[(int)kind]);
            }

            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        return line.ToArray();
    }
}
