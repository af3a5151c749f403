using System.Globalization;
using System.Text;

namespace AuthSidecar.Telemetry;

/// <summary>The text exposition format 0.0.4 of Prometheus.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>An instrument's name as the format allows it; a counter's ends in <c>_total</c>.</summary>
    public static string Name(string name, MetricKind kind)
    {
        var allowed = string.Concat(name.Select((character, index) => char.IsAsciiLetter(character) || character is '_' or ':' || (index > 0 && char.IsAsciiDigit(character)) ? character : '_'));
        return kind == MetricKind.Counter && !allowed.EndsWith("_total", StringComparison.Ordinal) ? $"{allowed}_total" : allowed;
    }

    /// <summary><c>name="value",…</c>, sorted by name.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in tags)
        {
            labels[Name(tag.Key, MetricKind.Gauge).Replace(':', '_')] = Value(tag.Value);
        }

        return string.Join(',', labels.Select(label => $"{label.Key}=\"{Escape(label.Value).Replace("\"", "\\\"", StringComparison.Ordinal)}\""));
    }

    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            var kind = family.Kind switch { MetricKind.Counter => "counter", MetricKind.Histogram => "histogram", _ => "gauge" };
            text.Append("# HELP ").Append(family.Name).Append(' ').Append(Escape(family.Help)).Append('\n');
            text.Append("# TYPE ").Append(family.Name).Append(' ').Append(kind).Append('\n');
            foreach (var series in family.Series.OrderBy(series => series.Labels, StringComparer.Ordinal))
            {
                if (family.Kind == MetricKind.Histogram)
                {
                    WriteHistogram(text, family.Name, series);
                }
                else
                {
                    WriteSample(text, family.Name, series.Labels, Number(series.Value));
                }
            }
        }

        return text.ToString();
    }

    private static void WriteHistogram(StringBuilder text, string name, MetricSeries series)
    {
        var counts = series.Cumulate();
        for (var index = 0; index < counts.Length; index++)
        {
            var bound = index < series.Bounds.Count ? Number(series.Bounds[index]) : "+Inf";
            var labels = series.Labels.Length == 0 ? $"le=\"{bound}\"" : $"{series.Labels},le=\"{bound}\"";
            WriteSample(text, $"{name}_bucket", labels, Number(counts[index]));
        }

        WriteSample(text, $"{name}_sum", series.Labels, Number(series.Value));
        WriteSample(text, $"{name}_count", series.Labels, Number(counts[^1]));
    }

    private static void WriteSample(StringBuilder text, string name, string labels, string value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(value).Append('\n');
    }

    private static string Value(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
