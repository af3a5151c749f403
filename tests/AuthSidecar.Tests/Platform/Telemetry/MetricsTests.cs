using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.TestSupport;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace AuthSidecar.Tests.Platform.Telemetry;

/// <summary>Format of <c>/metrics</c>: a contract that a new exporter could change.</summary>
public sealed class MetricsTests : IDisposable
{
    private readonly TestMeters _meters = new();
    private readonly Meter _meter;
    private readonly Scrape _scrape;

    public MetricsTests()
    {
        _meter = _meters.Create(new MeterOptions(MeterNames.Sidecar));
        _scrape = new(_meters);
    }

    public void Dispose()
    {
        _scrape.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public void EveryKindOfInstrument_KeepsItsNameTypeAndHelp()
    {
        _meter.CreateCounter<long>("a_total", null, "Counts.").Add(0);
        _meter.CreateUpDownCounter<int>("b", null, "Goes up and down.").Add(-2, new KeyValuePair<string, object?>("x", true));
        _meter.CreateGauge<double>("c", null, "Is set.").Record(0.25);
        _meter.CreateObservableGauge("d_bytes", () => double.NegativeInfinity, "By", "Is asked.");
        _meter.CreateObservableCounter("e_total", () => 7L, null, "Is asked and grows.");

        var text = _scrape.Read();

        Assert.Equal(
            new()
            {
                ["a_total"] = 0,
                ["""b{x="true"}"""] = -2,
                ["c"] = 0.25,
                ["d_bytes"] = double.NegativeInfinity,
                ["e_total"] = 7,
            },
            Own(text)
        );
        Assert.Equal(
            ["counter", "gauge", "gauge", "gauge", "counter"],
            new[] { "a_total", "b", "c", "d_bytes", "e_total" }.Select(name => text.Types[name])
        );
        Assert.Equal(
            ["Counts.", "Goes up and down.", "Is set.", "Is asked.", "Is asked and grows."],
            new[] { "a_total", "b", "c", "d_bytes", "e_total" }.Select(name => text.Help[name])
        );
    }

    [Fact]
    public void Histogram_CountsUpToEachBoundOfItsOwn()
    {
        var histogram = _meter.CreateHistogram<double>(
            "h_seconds",
            "s",
            "Took.",
            null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.000_001, 0.1, 1] }
        );
        foreach (var value in new[] { 0.05, 0.1, 0.5, 1, 2 })
        {
            histogram.Record(value, new KeyValuePair<string, object?>("p", "q"));
        }

        Assert.Equal(
            new()
            {
                ["""h_seconds_bucket{p="q",le="1E-06"}"""] = 0,
                ["""h_seconds_bucket{p="q",le="0.1"}"""] = 2,
                ["""h_seconds_bucket{p="q",le="1"}"""] = 4,
                ["""h_seconds_bucket{p="q",le="+Inf"}"""] = 5,
                ["""h_seconds_sum{p="q"}"""] = 3.65,
                ["""h_seconds_count{p="q"}"""] = 5,
            },
            Own(_scrape.Read())
        );
    }

    [Fact]
    public void OddLabels_CannotBreakTheFormat()
    {
        _meter
            .CreateCounter<long>("odd_total", null, "Back\\slash\nand line.")
            .Add(1, new("a", "quote\" back\\ line\n } é \ud800"), new("b.c", null));

        var read = _scrape.Read();

        Assert.Equal(@"Back\\slash\nand line.", read.Help["odd_total"]);
        Assert.Single(Own(read), sample =>
            sample.Key.StartsWith("""odd_total{a="quote\" back\\ line\n } é """, StringComparison.Ordinal)
            && sample.Key.EndsWith(""","b_c=""}""".Replace("\"b_c", "b_c"), StringComparison.Ordinal)
        );
    }

    [Fact]
    public void SameLabelsInAnotherOrder_AreTheSameSeries()
    {
        var counter = _meter.CreateCounter<long>("a_total", null, "Counts.");
        counter.Add(1, new("x", 1), new("y", ""));
        counter.Add(1, new("y", ""), new("x", 1));

        Assert.Equal(new() { ["""a_total{x="1",y=""}"""] = 2 }, Own(_scrape.Read()));
    }

    [Fact]
    public void WhatIsNoLongerObserved_IsGone()
    {
        var labels = new List<string> { "a", "b" };
        _meter.CreateObservableGauge(
            "g",
            () => labels.Select(label => new Measurement<int>(1, new KeyValuePair<string, object?>("l", label))),
            null,
            "Is asked."
        );
        Assert.Equal(2, Own(_scrape.Read()).Count);

        labels.Remove("a");

        Assert.Equal(["""g{l="b"}"""], Own(_scrape.Read()).Keys);
    }

    [Fact]
    public void InstrumentThatFails_HidesNoOther()
    {
        _meter.CreateObservableGauge("bad", Fail, null, "Fails.");
        _meter.CreateObservableGauge("good", () => 1, null, "Works.");

        Assert.Equal(new() { ["good"] = 1 }, Own(_scrape.Read()));
    }

    [Fact]
    public void OtherProcessesAndLibraries_AreNotShown()
    {
        using var others = new TestMeters();
        others.Create(new MeterOptions(MeterNames.Sidecar)).CreateCounter<long>("theirs_total").Add(1);
        _meters.Create(new MeterOptions("Kestrel")).CreateCounter<long>("kestrel_total").Add(1);

        Assert.Empty(Own(_scrape.Read()));
    }

    [Fact]
    public void RuntimeAndBuild_AreShown_AndNothingOfTheExporter()
    {
        var text = _scrape.Read();

        Assert.Contains("""dotnet_gc_collections_total{gc_heap_generation="gen0"}""", text.Samples.Keys);
        var build = Assert.Single(text.Samples, sample => sample.Key.StartsWith("authsidecar_build_info{", StringComparison.Ordinal));
        Assert.Equal(1, build.Value);
        Assert.Matches($"version=\"{BuildInfo.Version}\"", build.Key);
        Assert.DoesNotContain(text.Samples.Keys, name =>
            name.Contains("otel", StringComparison.Ordinal) || name.Contains("target_info", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void AScraperThatPrefersOpenMetrics_GetsTheSameText()
    {
        _meter
            .CreateHistogram<double>("h_seconds", "s", "Took.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1] })
            .Record(0.5);

        var text = _scrape.Text(
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        );

        Assert.Equal(1, Exposition.Parse(text).Samples["""h_seconds_bucket{le="1"}"""]);
    }

    [Fact]
    public void MoreLabelsThanAMetricHolds_AreCountedTogether()
    {
        var counter = _meter.CreateCounter<long>("many_total", null, "Counts.");
        for (var number = 0; number < 300; number++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("n", number));
        }

        var samples = Own(_scrape.Read());

        Assert.Equal((201, 300), (samples.Count, samples.Values.Sum()));
        Assert.Equal(100, samples["""many_total{otel_metric_overflow="true"}"""]);
    }

    [Fact]
    public void EveryReasonOfManyPolicies_HasItsSeries()
    {
        const int Series = 10_000;
        _meter.CreateObservableCounter(
            "authsidecar_decisions_total",
            () =>
                Enumerable.Range(0, Series).Select(number => new Measurement<long>(1, new KeyValuePair<string, object?>("policy", number))),
            null,
            "Counts."
        );

        var samples = Own(_scrape.Read());

        Assert.Equal(Series, samples.Count);
        Assert.DoesNotContain("""authsidecar_decisions_total{otel_metric_overflow="true"}""", samples.Keys);
    }

    [Fact]
    public async Task ManyMeasureWhileBothReadersRead_NothingIsLostOrCountedTwice()
    {
        const int Each = 20_000;
        using var meters = new TestMeters();
        using var collector = new CountingExporter();
        using var scrape = new Scrape(meters, services =>
            services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddReader(new PeriodicExportingMetricReader(collector, 1)))
        );
        var meter = meters.Create(new MeterOptions(MeterNames.Sidecar));
        var counter = meter.CreateCounter<long>("a_total", null, "Counts.");
        var histogram = meter.CreateHistogram<double>("h", null, "Took.");
        meter.CreateObservableCounter("observed_total", () => 7L, null, "Is asked.");
        var measuring = Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(worker =>
                    Task.Run(() =>
                    {
                        for (var number = 0; number < Each; number++)
                        {
                            counter.Add(1, new KeyValuePair<string, object?>("n", number % 10));
                            histogram.Record(0.5);
                        }
                    })
                )
        );
        while (!measuring.IsCompleted || collector.Exports < 3)
        {
            Assert.Equal(7, scrape.Read().Samples["observed_total"]);
        }

        await measuring;
        var samples = scrape.Read().Samples;
        Assert.Equal(
            4 * Each,
            samples.Where(sample => sample.Key.StartsWith("a_total", StringComparison.Ordinal)).Sum(sample => sample.Value)
        );
        Assert.Equal((4 * Each, 2 * Each), (samples["h_count"], samples["h_sum"]));
        Assert.All(collector.Observed, value => Assert.Equal(7, value));
    }

    private static int Fail() => throw new InvalidOperationException();

    private static Dictionary<string, double> Own(Exposition text) =>
        text
            .Samples.Where(sample =>
                !sample.Key.StartsWith("dotnet_", StringComparison.Ordinal)
                && !sample.Key.StartsWith("authsidecar_build_info", StringComparison.Ordinal)
            )
            .ToDictionary();

    private sealed class CountingExporter : BaseExporter<Metric>
    {
        private int _exports;

        public int Exports => Volatile.Read(ref _exports);

        public ConcurrentQueue<long> Observed { get; } = new();

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    if (metric.Name == "observed_total")
                    {
                        Observed.Enqueue(point.GetSumLong());
                    }
                }
            }

            Interlocked.Increment(ref _exports);
            return ExportResult.Success;
        }
    }
}
