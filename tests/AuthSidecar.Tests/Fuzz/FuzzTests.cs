using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Fuzz;

namespace AuthSidecar.Tests.Fuzz;

/// <summary>
/// A fixed number of inputs for each target; <c>dotnet run --project tests/AuthSidecar.Benchmarks -- fuzz TARGET COUNT</c> runs more.
/// </summary>
public sealed class FuzzTests
{
    private const int Seed = 20261122;

    [Theory]
    [InlineData("reader", 3_000)]
    [InlineData("path", 100_000)]
    [InlineData("token", 50_000)]
    public async Task AnyInput_HasADefiniteAnswer(string name, int count)
    {
        await using var target = await FuzzTargets.OpenAsync(name);

        await FuzzRun.RunAsync(target, Heavy.Or(count * 20, count), Seed);
    }

    [Fact]
    public void EveryTarget_IsTried() =>
        Assert.Equal(
            FuzzTargets.Names,
            typeof(FuzzTests)
                .GetMethod(nameof(AnyInput_HasADefiniteAnswer))!
                .GetCustomAttributes(typeof(InlineDataAttribute), false)
                .Cast<InlineDataAttribute>()
                .Select(row => (string)row.GetData(null!).Single()[0])
        );

    [Fact]
    public async Task AFailure_NamesSeedAndInput()
    {
        await using var target = new Broken();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => FuzzRun.RunAsync(target, 100, 7));

        Assert.Contains("broken, seed 7, input ", failure.Message);
        var number = int.Parse(failure.Message.Split("input ")[1].Split(':')[0]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => FuzzRun.RunAsync(target, 1, 7, number));
    }

    private sealed class Broken : FuzzTarget
    {
        public override string Name => "broken";

        public override ValueTask TryAsync(Random random)
        {
            Require(random.Next(10) != 0, "never", "zero");
            return default;
        }
    }
}
