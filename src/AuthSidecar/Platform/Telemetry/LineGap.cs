using System.Text.Json;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>What was late or lost while a log took nothing.</summary>
internal sealed class LineGap
{
    // Shorter and without a loss it is no event.
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
    /// <param name="began">Timestamp of its first line.</param>
    /// <returns>A line of the log that says so; null: nothing was lost and little was late.</returns>
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
                json.WriteNumber($"dropped_{kind.ToWord()}", _dropped[(int)kind]);
            }

            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        return line.ToArray();
    }
}
