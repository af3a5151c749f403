using System.Diagnostics.Metrics;
using AuthSidecar.Telemetry;
using AuthSidecar.TestKit;
using AuthSidecar.Tests.Storage;

namespace AuthSidecar.Tests.Telemetry;

public sealed class MetricsCollectorTests : IDisposable
{
    private readonly TestMeters _meters = new();
    private readonly RecordingLogger<MetricsCollector> _log = new();
    private readonly Meter _meter;
    private readonly MetricsCollector _collector;

    public MetricsCollectorTests()
    {
        _meter = _meters.Create(new MeterOptions(MeterNames.Sidecar));
        _collector = new(_meters, _log);
    }

    public void Dispose()
    {
        _collector.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public void EveryKindOfInstrument_IsShownAsItIs()
    {
        var counter = _meter.CreateCounter<long>("a_total", null, "Counts.");
        var upDown = _meter.CreateUpDownCounter<int>("b", null, "Goes up and down.");
        var gauge = _meter.CreateGauge<double>("c", null, "Is set.");
        _meter.CreateObservableGauge("d", () => new Measurement<double>[] { new(double.NaN, new KeyValuePair<string, object?>("n", 1)), new(double.NegativeInfinity) }, null, "Is asked.");
        _meter.CreateObservableCounter("e", () => 7L, null, "Is asked and grows.");
        counter.Add(2);
        counter.Add(3);
        upDown.Add(5, new KeyValuePair<string, object?>("x", true));
        upDown.Add(-7, new KeyValuePair<string, object?>("x", true));
        gauge.Record(1.5);
        gauge.Record(0.25);

        var text = _collector.Collect();

        Exposition.Parse(text);
        Assert.Equal("""
            # HELP a_total Counts.
            # TYPE a_total counter
            a_total 5
            # HELP b Goes up and down.
            # TYPE b gauge
            b{x="true"} -2
            # HELP c Is set.
            # TYPE c gauge
            c 0.25
            # HELP d Is asked.
            # TYPE d gauge
            d -Inf
            d{n="1"} NaN
            # HELP e_total Is asked and grows.
            # TYPE e_total counter
            e_total 7

            """, text);
    }

    [Fact]
    public void Histogram_CountsUpToEachBound()
    {
        var histogram = _meter.CreateHistogram<double>("h_seconds", "s", "Took.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in new[] { 0.05, 0.1, 0.5, 1, 2, double.NaN })
        {
            histogram.Record(value, new KeyValuePair<string, object?>("p", "q"));
        }

        var text = _collector.Collect();

        Exposition.Parse(text);
        Assert.Equal("""
            # HELP h_seconds Took.
            # TYPE h_seconds histogram
            h_seconds_bucket{p="q",le="0.1"} 2
            h_seconds_bucket{p="q",le="1"} 4
            h_seconds_bucket{p="q",le="+Inf"} 5
            h_seconds_sum{p="q"} 3.65
            h_seconds_count{p="q"} 5

            """, text);
    }

    [Fact]
    public void OddNamesAndLabels_CannotBreakTheFormat()
    {
        var counter = _meter.CreateCounter<long>("odd.name/of-it", null, "Back\\slash\nand line.");
        counter.Add(1, new("a", "quote\" back\\ line\n } é \ud800"), new("b.c", null));

        var read = Exposition.Parse(_collector.Collect());

        Assert.Equal(@"Back\\slash\nand line.", read.Help["odd_name_of_it_total"]);
        Assert.Single(read.Samples, sample => sample.Key.StartsWith("""odd_name_of_it_total{a="quote\" back\\ line\n } é """, StringComparison.Ordinal) && sample.Key.EndsWith(""","b_c=""}""".Replace("\"b_c", "b_c"), StringComparison.Ordinal));
    }

    [Fact]
    public void SameLabelsInAnotherOrder_AreTheSameSeries()
    {
        var counter = _meter.CreateCounter<long>("a_total");
        counter.Add(1, new("x", 1), new("y", 2));
        counter.Add(1, new("y", 2), new("x", 1));

        Assert.Equal(2, Exposition.Parse(_collector.Collect()).Samples["""a_total{x="1",y="2"}"""]);
    }

    [Fact]
    public void WhatIsNoLongerObserved_IsGone()
    {
        var labels = new List<string> { "a", "b" };
        _meter.CreateObservableGauge("g", () => labels.Select(label => new Measurement<int>(1, new KeyValuePair<string, object?>("l", label))));
        Assert.Equal(2, Exposition.Parse(_collector.Collect()).Samples.Count);

        labels.Remove("a");

        Assert.Equal(["""g{l="b"}"""], Exposition.Parse(_collector.Collect()).Samples.Keys);
    }

    [Fact]
    public void InstrumentThatFails_HidesNoOther()
    {
        _meter.CreateObservableGauge("bad", () => Throw());
        _meter.CreateObservableGauge("good", () => 1);

        Assert.Equal(1, Exposition.Parse(_collector.Collect()).Samples["good"]);
        Assert.Single(_log.Entries);
    }

    [Fact]
    public void TwoInstrumentsOfOneName_AreNotMixed()
    {
        _meter.CreateCounter<long>("a_total").Add(1);
        _meter.CreateUpDownCounter<long>("a_total").Add(5);

        Assert.Equal(1, Exposition.Parse(_collector.Collect()).Samples["a_total"]);
        Assert.Single(_log.Entries);
    }

    [Fact]
    public void OtherProcessesAndLibraries_AreNotShown()
    {
        using var others = new TestMeters();
        others.Create(new MeterOptions(MeterNames.Sidecar)).CreateCounter<long>("theirs_total").Add(1);
        _meters.Create(new MeterOptions("Kestrel")).CreateCounter<long>("kestrel_total").Add(1);

        Assert.Equal("", _collector.Collect());
    }

    [Fact]
    public async Task ManyMeasureAtOnce_NothingIsLost()
    {
        const int Each = 20_000;
        var counter = _meter.CreateCounter<long>("a_total");
        var histogram = _meter.CreateHistogram<double>("h");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (var number = 0; number < Each; number++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("n", number % 10));
                histogram.Record(0.5);
            }
        })));

        var samples = Exposition.Parse(_collector.Collect()).Samples;

        Assert.Equal(4 * Each, samples.Where(sample => sample.Key.StartsWith("a_total", StringComparison.Ordinal)).Sum(sample => sample.Value));
        Assert.Equal((4 * Each, 2 * Each), (samples["h_count"], samples["h_sum"]));
    }

    private static int Throw() => throw new InvalidOperationException();
}
