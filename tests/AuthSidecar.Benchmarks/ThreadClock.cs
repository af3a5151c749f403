using System.Globalization;

namespace AuthSidecar.Benchmarks;

/// <summary>CPU time of this thread, unaffected by other processes.</summary>
internal static class ThreadClock
{
    public static double Nanoseconds() =>
        double.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
}
