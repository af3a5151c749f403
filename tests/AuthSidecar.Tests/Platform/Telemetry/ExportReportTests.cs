using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Tests.Platform.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry;

namespace AuthSidecar.Tests.Platform.Telemetry;

public sealed class ExportReportTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger<ExportReport> _log = new();
    private readonly ExportReport _report;

    public ExportReportTests() => _report = new(_time, _log);

    [Fact]
    public void RejectingCollector_IsLoggedOnceInTenMinutes()
    {
        for (var second = 0; second <= 600; second++)
        {
            _report.Note("spans", ExportResult.Failure);
            _report.Note("metrics", ExportResult.Failure);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([LogLevel.Warning, LogLevel.Warning], _log.Entries.Select(entry => entry.Level));
    }

    [Fact]
    public void RecoveredCollector_IsLogged()
    {
        Assert.Equal(ExportResult.Success, _report.Note("spans", ExportResult.Success));
        Assert.Equal(ExportResult.Failure, _report.Note("spans", ExportResult.Failure));
        _report.Note("spans", ExportResult.Success);
        _report.Note("spans", ExportResult.Success);

        Assert.Equal([LogLevel.Warning, LogLevel.Information], _log.Entries.Select(entry => entry.Level));
    }

    [Fact]
    public void ASignalThatIsTaken_DoesNotEndTheOutageOfAnother()
    {
        _report.Note("spans", ExportResult.Failure);
        _report.Note("metrics", ExportResult.Success);

        Assert.Equal([LogLevel.Warning], _log.Entries.Select(entry => entry.Level));

        _report.Note("spans", ExportResult.Success);

        Assert.Equal([LogLevel.Warning, LogLevel.Information], _log.Entries.Select(entry => entry.Level));
    }

    [Theory]
    [InlineData("http://otel:4317", false)]
    [InlineData("http://otel:4317/", false)]
    [InlineData("http://otel", false)]
    [InlineData("http://otel:4318", true)]
    [InlineData("https://otel.example.com/otlp", true)]
    public void Address_DeterminesTheProtocol(string address, bool isHttp) => Assert.Equal(isHttp, OtlpAddress.IsHttp(new(address)));

    [Theory]
    [InlineData("http://otel:4318", "http://otel:4318/v1/traces")]
    [InlineData("https://otel.example.com/otlp/", "https://otel.example.com/otlp/v1/traces")]
    public void EachSignal_HasItsPath(string address, string expected) =>
        Assert.Equal(expected, OtlpAddress.Of(new(address), "traces").AbsoluteUri);
}
