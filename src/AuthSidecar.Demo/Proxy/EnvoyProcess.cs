using System.Diagnostics;
using System.Text.Json;
using AuthSidecar.Demo.Workspace;

namespace AuthSidecar.Demo.Proxy;

/// <summary>An Envoy process with the shipped configuration, on ports chosen by the kernel. It logs to a file.</summary>
internal sealed class EnvoyProcess : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(25);

    private readonly Process _process;
    private readonly TextWriter _log;
    private readonly HttpClient _admin = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(2) };

    private bool _hasStarted;

    private EnvoyProcess(Process process, TextWriter log) => (_process, _log) = (process, log);

    /// <summary>The address for clients.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public Uri AdminAddress { get; private set; } = new("http://127.0.0.1");

    public static async Task<EnvoyProcess> StartAsync(
        string binary,
        string configuration,
        DemoDirectory directory,
        CancellationToken cancellationToken
    )
    {
        var (config, admin) = (directory.File("envoy.yaml"), directory.File("envoy-admin"));
        await File.WriteAllTextAsync(config, configuration, cancellationToken);
        string[] arguments =
        [
            "-c",
            config,
            "--admin-address-path",
            admin,
            "--disable-hot-restart",
            "--concurrency",
            "1",
            "--log-level",
            "warning",
        ];
        var log = TextWriter.Synchronized(new StreamWriter(directory.File("envoy.log")) { AutoFlush = true });
        var start = new ProcessStartInfo(binary, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        var envoy = new EnvoyProcess(new() { StartInfo = start }, log);
        try
        {
            envoy.Run();
            await envoy.WaitUntilReadyAsync(admin, cancellationToken);
            return envoy;
        }
        catch
        {
            await envoy.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        if (_hasStarted)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        await _log.DisposeAsync();
    }

    private void Run()
    {
        _process.OutputDataReceived += (_, line) => Log(line.Data);
        _process.ErrorDataReceived += (_, line) => Log(line.Data);
        try
        {
            _hasStarted = _process.Start();
        }
        catch (System.ComponentModel.Win32Exception problem)
        {
            throw new DemoFailure($"{_process.StartInfo.FileName} cannot be run: {problem.Message}");
        }

        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Log(string? line)
    {
        if (line is not null)
        {
            _log.WriteLine(line);
        }
    }

    private async Task WaitUntilReadyAsync(string adminFile, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!_process.HasExited && TimeProvider.System.GetElapsedTime(started) < _startLimit)
        {
            if (File.Exists(adminFile) && await File.ReadAllTextAsync(adminFile, cancellationToken) is { Length: > 0 } address)
            {
                AdminAddress = new($"http://{address.Trim()}");
                if (await IsReadyAsync(cancellationToken))
                {
                    Address = await ListenerAsync(cancellationToken);
                    return;
                }
            }

            await Task.Delay(_pause, TimeProvider.System, cancellationToken);
        }

        throw new DemoFailure($"{_process.StartInfo.FileName} did not become ready.");
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _admin.GetAsync(new Uri(AdminAddress, "/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // The admin address is written before it is bound.
            return false;
        }
    }

    private async Task<Uri> ListenerAsync(CancellationToken cancellationToken)
    {
        var json = await _admin.GetStringAsync(new Uri(AdminAddress, "/listeners?format=json"), cancellationToken);
        using var listeners = JsonDocument.Parse(json);
        var socket = listeners.RootElement.GetProperty("listener_statuses")[0].GetProperty("local_address").GetProperty("socket_address");
        return new($"http://{socket.GetProperty("address").GetString()}:{socket.GetProperty("port_value").GetInt32()}");
    }
}
