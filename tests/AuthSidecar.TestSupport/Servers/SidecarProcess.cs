using System.Diagnostics;
using System.Text.RegularExpressions;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>The sidecar as a separate process whose output goes to files, which outlive it.</summary>
internal sealed partial class SidecarProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly string _name;

    private SidecarProcess(Process process, string name) => (_process, _name) = (process, name);

    /// <summary>Standard output, including that of earlier processes of the same name.</summary>
    public string Output => Read($"{_name}.out");

    public string Errors => Read($"{_name}.err");

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string ReadyLine { get; private set; } = "";

    public Uri Check => Address("check");

    public Uri Companion => Address("companion");

    public Uri Console => Address("console");

    public Uri Closer => Address("closer");

    /// <summary>The address of a listener, by its name in the <c>ready</c> line.</summary>
    public Uri ListenerAddress(string name) => Address(name);

    /// <summary>Starts it and waits for its <c>ready</c> line.</summary>
    /// <param name="sandbox">Its configuration.</param>
    /// <param name="name">Name of its output files, unique among concurrent processes.</param>
    /// <param name="arguments">Further arguments, such as <c>--Section:Key=value</c>.</param>
    public static async Task<SidecarProcess> StartAsync(SidecarSandbox sandbox, string name = "sidecar", params string[] arguments)
    {
        var sidecar = Launch(sandbox, name, ["serve", .. arguments]);
        var before = sidecar.ReadyLines().Count;
        var clock = Stopwatch.StartNew();
        while (sidecar.ReadyLines() is var lines)
        {
            if (lines.Count > before)
            {
                sidecar.ReadyLine = lines[^1];
                return sidecar;
            }

            if (sidecar.HasExited || clock.Elapsed > Patience)
            {
                var output = $"{sidecar.Errors}\n{sidecar.Output}";
                await sidecar.DisposeAsync();
                throw new InvalidOperationException($"The sidecar did not become ready:\n{output}");
            }

            await Task.Delay(10);
        }

        throw new UnreachableException();
    }

    /// <summary>Starts any command, without waiting.</summary>
    public static SidecarProcess Launch(SidecarSandbox sandbox, string name, IEnumerable<string> arguments)
    {
        const string Redirect = """exec "$@" >>"$0.out" 2>>"$0.err" """;
        var output = Path.Combine(sandbox.Root, name);
        var start = new ProcessStartInfo(
            "/bin/sh",
            ["-c", Redirect, output, .. sandbox.Wrapper, DotNet, sandbox.Program, .. arguments, "--config", sandbox.ConfigFile]
        )
        {
            WorkingDirectory = sandbox.Root,
        };
        return new(Process.Start(start)!, output);
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(SidecarSandbox sandbox, params string[] arguments)
    {
        await using var command = Launch(sandbox, $"command-{Guid.NewGuid():N}", arguments);
        return (await command.ExitAsync(), command.Output, command.Errors);
    }

    /// <summary>Starts it and terminates it before it can be ready.</summary>
    /// <returns>The exit code, and all that it wrote.</returns>
    public static async Task<(int ExitCode, string Output)> StopDuringStartAsync(SidecarSandbox sandbox, TimeSpan delay)
    {
        await using var sidecar = Launch(sandbox, $"stopped-{Guid.NewGuid():N}", ["serve"]);
        await Task.Delay(delay);
        sidecar.Terminate();
        return (await sidecar.ExitAsync(), sidecar.Output + sidecar.Errors);
    }

    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Sends SIGTERM, as a supervisor does.</summary>
    public void Terminate() => Programs.Run("/bin/kill", ["-TERM", $"{Id}"]);

    /// <summary>Kills it (SIGKILL).</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string DotNet =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
        ?? Programs.OnPath("dotnet")
        ?? throw new InvalidOperationException("dotnet is not on the PATH.");

    private static string Read(string file)
    {
        if (!File.Exists(file))
        {
            return "";
        }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private List<string> ReadyLines() => [.. ReadyLinePattern().Matches(Output).Select(match => match.Value)];

    private Uri Address(string transport) => new(Regex.Match(ReadyLine, $@"\b{transport}=(\S+)").Groups[1].Value);

    [GeneratedRegex(@"^ready .*(?=\n)", RegexOptions.Multiline)]
    private static partial Regex ReadyLinePattern();
}
