using AuthSidecar.Administration.Composition;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Platform.Hosting;

/// <summary>The end of the warm-up: nothing left to compile, or the time.</summary>
public sealed class WarmUpProgressTests
{
    private readonly FakeTimeProvider _time = new();
    private long _compiled = 1000;

    [Fact]
    public void EndsAfterThreeRounds_ThatCompiledHardlyAnything()
    {
        var progress = Progress();

        Assert.Equal([true, true, false], Rounds(progress, 0, 5, 0));
    }

    [Fact]
    public void ARoundThatCompiles_StartsTheCountAgain()
    {
        var progress = Progress();

        Assert.Equal([true, true, true, true, true, false], Rounds(progress, 0, 0, 6, 0, 0, 0));
    }

    [Fact]
    public void EndsWhenTheTimeIsOver_WithCodeLeftToCompile()
    {
        var progress = Progress();
        Assert.Equal([true], Rounds(progress, 100));
        Assert.False(progress.IsOver);

        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.True(progress.IsOver);
        Assert.Equal([false], Rounds(progress, 100));
    }

    [Fact]
    public void WithoutTime_ThereIsOneRound() =>
        Assert.Equal([false], Rounds(new WarmUpProgress(TimeSpan.Zero, _time, () => _compiled), 100));

    private WarmUpProgress Progress() => new(TimeSpan.FromSeconds(3), _time, () => _compiled);

    private List<bool> Rounds(WarmUpProgress progress, params int[] compiled) =>
        [
            .. compiled.Select(methods =>
            {
                _compiled += methods;
                return progress.Continues();
            }),
        ];
}
