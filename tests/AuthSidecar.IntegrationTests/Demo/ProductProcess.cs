using System.Diagnostics;
using System.Text;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Demo;

/// <summary>The demo's program as a separate process, with only the environment variables that the test sets.</summary>
internal sealed class ProductProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private ProductProcess(Process process) => _process = process;

    public string Output => Text(_output);

    public string Error => Text(_error);

    public static ProductProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        // A shell starts background jobs with SIGINT ignored, and children inherit that.
        string[] program =
        [
            .. OperatingSystem.IsLinux() ? ["/usr/bin/env", "--default-signal=INT"] : Array.Empty<string>(),
            DotNet,
            Path.Combine(AppContext.BaseDirectory, "authsidecar-demo.dll"),
            .. arguments,
        ];
        var start = new ProcessStartInfo(program[0], program[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = environment["TMPDIR"],
        };
        foreach (var name in start.Environment.Keys.Where(name => !name.StartsWith("DOTNET", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var product = new ProductProcess(new() { StartInfo = start });
        product._process.OutputDataReceived += (_, line) => Keep(product._output, line.Data);
        product._process.ErrorDataReceived += (_, line) => Keep(product._error, line.Data);
        product._process.Start();
        product._process.BeginOutputReadLine();
        product._process.BeginErrorReadLine();
        return product;
    }

    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    )
    {
        await using var product = Start(environment, arguments);
        return (await product.WaitForExitAsync(), product.Output, product.Error);
    }

    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async Task WaitForOutputAsync(string text)
    {
        var started = Stopwatch.StartNew();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(started.Elapsed < Limit && !_process.HasExited, $"It never printed '{text}':\n{Output}\n{Error}");
            await Task.Delay(20);
        }
    }

    /// <summary>Sends the signal of Ctrl+C (INT) or of an orchestrator (TERM).</summary>
    public void Signal(string name) => Programs.Run("/bin/kill", [$"-{name}", $"{_process.Id}"]);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string DotNet =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
        ?? Programs.OnPath("dotnet")
        ?? throw new InvalidOperationException("dotnet is not on the PATH.");

    private static void Keep(StringBuilder text, string? line)
    {
        lock (text)
        {
            _ = line is null ? text : text.Append(line).Append('\n');
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
