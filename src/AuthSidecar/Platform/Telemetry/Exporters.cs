using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Exports spans to the collector.</summary>
internal sealed class SpanExporter(OtlpExporterOptions options, ExportReport report) : OtlpTraceExporter(options)
{
    public override ExportResult Export(in Batch<Activity> activityBatch) => report.Note("spans", base.Export(activityBatch));
}

/// <summary>Exports metrics to the collector.</summary>
internal sealed class MetricExporter(OtlpExporterOptions options, ExportReport report) : OtlpMetricExporter(options)
{
    public override ExportResult Export(in Batch<Metric> metrics) => report.Note("metrics", base.Export(metrics));
}
