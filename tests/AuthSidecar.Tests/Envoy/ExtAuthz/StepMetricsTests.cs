using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

public sealed class StepMetricsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestMeters _meters = new();
    private Scrape? _scrape;

    public void Dispose()
    {
        _scrape?.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task EachStep_IsMeasuredByItsName()
    {
        Listen();
        var pipeline = Pipeline(Slow("a", 2), Slow("b", 3));

        await RunAsync(pipeline);

        var samples = Samples();
        Assert.Equal(
            (1, 0.002),
            (
                samples["""authsidecar_step_duration_seconds_count{step="a"}"""],
                samples["""authsidecar_step_duration_seconds_sum{step="a"}"""]
            )
        );
        Assert.Equal(
            (1, 0.003),
            (
                samples["""authsidecar_step_duration_seconds_count{step="b"}"""],
                samples["""authsidecar_step_duration_seconds_sum{step="b"}"""]
            )
        );
    }

    [Fact]
    public async Task AStepThatRefuses_IsMeasured_AndThoseBehindItAreNot()
    {
        Listen();

        await RunAsync(Pipeline(new Named("a", _ => Denials.NoPolicy), Slow("b", 1)));

        Assert.Equal(
            ["""authsidecar_step_duration_seconds_count{step="a"}"""],
            Samples().Keys.Where(name => name.Contains("_count", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task ManyRequestsAtOnce_OneAMillisecondIsMeasured()
    {
        Listen();
        var pipeline = Pipeline(Slow("a", 0));

        await RunAsync(pipeline);
        await RunAsync(pipeline);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await RunAsync(pipeline);

        Assert.Equal(2, Samples()["""authsidecar_step_duration_seconds_count{step="a"}"""]);
    }

    [Fact]
    public async Task Reauthorization_IsNotMeasured()
    {
        Listen();
        var pipeline = Pipeline(Slow("a", 0));

        await RunAsync(pipeline.WithoutAcquisitions());

        Assert.Empty(Samples());
    }

    [Fact]
    public void WithoutListeners_NothingIsMeasured() => Assert.False(Metrics().Begin(out _));

    private void Listen() => _scrape = new(_meters);

    private StepMetrics Metrics() => new(_meters.Create(new MeterOptions(MeterNames.Sidecar)), _time);

    private CheckPipeline Pipeline(params ICheckStep[] steps) => new([.. steps, Steps.Mount()], Metrics());

    private Named Slow(string name, int milliseconds) => new(name, _ =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            return StepResult.Continue;
        });

    private static async Task RunAsync(CheckPipeline pipeline) =>
        await pipeline.RunAsync(
            new(
                new()
                {
                    Method = "GET",
                    Host = "",
                    Target = "/",
                    Headers = new(),
                },
                "0"
            ),
            CancellationToken.None
        );

    private Dictionary<string, double> Samples() =>
        _scrape!
            .Read()
            .Samples.Where(sample =>
                sample.Key.StartsWith("authsidecar_step_", StringComparison.Ordinal)
                && !sample.Key.Contains("\"scripted\"", StringComparison.Ordinal)
            )
            .ToDictionary();

    private sealed class Named(string name, Func<CheckContext, StepResult> run) : ICheckStep
    {
        public string Name => name;

        public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) => new(run(context));
    }
}
