using System.Diagnostics;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>Waits for what must come about by itself.</summary>
internal static class Eventually
{
    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> TrueAsync(Func<Task<bool>> condition, string what, int seconds = 30)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(seconds), $"Within {seconds} s not: {what}.");
            await Task.Delay(10);
        }

        return clock.Elapsed;
    }
}
