using System.Diagnostics;

namespace AuthSidecar.TestSupport;

/// <summary>Polls until a condition holds.</summary>
internal static class Eventually
{
    /// <returns>The elapsed time.</returns>
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

    /// <summary>Waits for a line of the log: log lines are written through a queue, and responses do not wait for it.</summary>
    /// <param name="log">Reads the log so far.</param>
    /// <param name="text">Part of the line.</param>
    public static Task LoggedAsync(Func<string> log, string text) =>
        TrueAsync(() => Task.FromResult(log().Contains(text, StringComparison.Ordinal)), $"\"{text}\" stands in the log");
}
