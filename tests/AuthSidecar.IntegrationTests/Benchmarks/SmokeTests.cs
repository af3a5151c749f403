using System.Diagnostics;
using System.Reflection;
using AuthSidecar.TestSupport;
using Xunit.Sdk;

namespace AuthSidecar.IntegrationTests.Benchmarks;

/// <summary>Runs each benchmark at its smallest size: it must complete with correct answers; times do not matter.</summary>
public sealed class SmokeTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    [Theory]
    [Smoke("wire", "h2load")]
    [Smoke("versions", "h2load")]
    [Smoke("pipeline")]
    [Smoke("keys", "h2load")]
    [Smoke("latency", "envoy")]
    [Smoke("bodies", "envoy")]
    [Smoke("soak", "envoy")]
    [Smoke("sockets", "envoy")]
    [Smoke("memory")]
    [Smoke("revocation", "postgres", "redis")]
    [Smoke("limiter", "redis")]
    [Smoke("flood")]
    [Smoke("relay")]
    [Smoke("usage")]
    [Smoke("reports")]
    [Smoke("recorder")]
    [Smoke("observer")]
    [Smoke("first-byte", "envoy")]
    [Smoke("console")]
    [Smoke("warm", "h2load")]
    [Smoke("start")]
    public async Task Benchmark_RunsWithCorrectAnswers(string name)
    {
        var (exitCode, output) = await RunAsync("--smoke", name);

        Assert.True(exitCode == 0, output);
        Assert.Contains($"\n### {name}: ", output, StringComparison.Ordinal);
        Assert.Contains("\n|--", output, StringComparison.Ordinal);
    }

    [RequiresFact("taskset")]
    public async Task EveryBenchmark_HasASmokeRun()
    {
        var (exitCode, output) = await RunAsync("--list");
        var smokes = typeof(SmokeTests)
            .GetMethod(nameof(Benchmark_RunsWithCorrectAnswers))!
            .GetCustomAttributes<SmokeAttribute>()
            .Select(smoke => smoke.Benchmark);

        Assert.Equal(0, exitCode);
        Assert.Equal(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(), smokes.Order());
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        // Both projects are built with one configuration, the last component of the path.
        var program = Path.Combine(
            AppContext.BaseDirectory,
            "../../AuthSidecar.Benchmarks",
            Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')),
            "AuthSidecar.Benchmarks.dll"
        );
        var start = new ProcessStartInfo(Programs.OnPath("dotnet")!, [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(_patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, string.Concat(await output));
    }

    /// <summary>A benchmark and its requirements. All of them read Linux's /proc, where taskset exists.</summary>
    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    private sealed class SmokeAttribute : DataAttribute
    {
        public SmokeAttribute(string benchmark, params string[] needs) =>
            (Benchmark, Skip) = (benchmark, Requires.SkipReason(["taskset", .. needs]));

        public string Benchmark { get; }

        public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
            [
                [Benchmark],
            ];
    }
}
