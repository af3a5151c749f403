using System.Diagnostics;
using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.BrowserTests.People;

/// <summary>The program on a pseudo-terminal of 100 columns, made by <c>script</c>.</summary>
internal sealed class TerminalLogin : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly string _transcript;

    private TerminalLogin(Process process, string transcript) => (_process, _transcript) = (process, transcript);

    /// <summary>What the terminal showed, with its control characters.</summary>
    public string Text
    {
        get
        {
            if (!File.Exists(_transcript))
            {
                return "";
            }

            using var reader = new StreamReader(
                new FileStream(_transcript, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
            );
            return reader.ReadToEnd();
        }
    }

    /// <param name="home">The person's home directory.</param>
    /// <param name="arguments">Arguments without blanks or quotes.</param>
    public static TerminalLogin Start(string home, params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "authsidecar.dll");
        var transcript = Path.Combine(home, "transcript");
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Programs.OnPath("dotnet")!;
        var command = $"stty cols 100 rows 60; exec '{dotnet}' exec '{program}' {string.Join(' ', arguments)}";
        var start = new ProcessStartInfo("script", ["-qefc", command, transcript])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = home,
            Environment =
            {
                ["HOME"] = home,
                ["XDG_CONFIG_HOME"] = "",
                ["TERM"] = "xterm-256color",
                ["LANG"] = "C.UTF-8",
                ["LC_ALL"] = "C.UTF-8",
            },
        };
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        return new(process, transcript);
    }

    /// <summary>Runs a command to its end, without a terminal.</summary>
    public static (int ExitCode, string Output) Run(string home, params string[] words) =>
        Programs.Run(
            "env",
            [$"HOME={home}", "XDG_CONFIG_HOME=", "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "authsidecar.dll"), .. words],
            home
        );

    /// <summary>Waits for a text of the terminal.</summary>
    /// <returns>The first group of the pattern.</returns>
    public async Task<string> SeeAsync(string pattern)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (Regex.Match(Text, pattern) is { Success: true } match)
            {
                return match.Groups[1].Value;
            }

            Assert.True(!_process.HasExited && clock.Elapsed < _patience, Text);
            await Task.Delay(50);
        }
    }

    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(_patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
