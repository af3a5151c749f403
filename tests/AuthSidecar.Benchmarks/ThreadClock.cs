using System.Globalization;

namespace AuthSidecar.Benchmarks;

/// <summary>How long this thread was on a processor: what others do on the machine meanwhile does not count.</summary>
internal static class ThreadClock
{
    public static double Nanoseconds() =>
        double.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
}
