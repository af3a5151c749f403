using System.Diagnostics;

namespace AuthSidecar.TestSupport;

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

    /// <summary>Waits for a line of the log: messages leave through a queue, and answers do not wait for them.</summary>
    /// <param name="log">What was written so far.</param>
    /// <param name="text">Part of the line.</param>
    public static Task LoggedAsync(Func<string> log, string text) =>
        TrueAsync(() => Task.FromResult(log().Contains(text, StringComparison.Ordinal)), $"\"{text}\" stands in the log");
}
