using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>A real Envoy. Its listeners and its admin page use ports chosen by the kernel (port 0), so that many run in parallel.</summary>
internal sealed class EnvoyServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly Process _process;
    private readonly string _directory;
    private readonly ConcurrentQueue<string> _log = new();
    private Dictionary<string, int> _ports = [];

    private EnvoyServer(Process process, string directory)
    {
        _process = process;
        _directory = directory;
    }

    /// <summary>Standard output and error, including the access log of a stdout logger.</summary>
    public IReadOnlyList<string> Log => [.. _log];

    public Uri Admin { get; private set; } = new("http://unknown");

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The port of a listener, by its name in the configuration.</summary>
    public int Port(string listener) => _ports[listener];

    public static async Task<EnvoyServer> StartAsync(EnvoyRelease release, string config)
    {
        var directory = Directory.CreateTempSubdirectory("envoy-").FullName;
        var configFile = Path.Combine(directory, "envoy.yaml");
        var adminFile = Path.Combine(directory, "admin");
        await File.WriteAllTextAsync(configFile, config);

        string[] arguments =
        [
            "-c",
            configFile,
            "--admin-address-path",
            adminFile,
            "--disable-hot-restart",
            "--concurrency",
            "1",
            "--log-level",
            "warning",
            "--drain-time-s",
            "1",
            "--file-flush-interval-msec",
            "50",
        ];
        var process = new Process
        {
            StartInfo = new(EnvoyBinary.Path(release), arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        var server = new EnvoyServer(process, directory);
        try
        {
            process.OutputDataReceived += server.Keep;
            process.ErrorDataReceived += server.Keep;
            process.Start();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            await server.WaitUntilReadyAsync(adminFile);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Waits for a line of the log: access log entries are written after the response.</summary>
    public async Task<string> WaitForLogAsync(Func<string, bool> wanted)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(30))
        {
            if (_log.FirstOrDefault(wanted) is { } line)
            {
                return line;
            }

            await Task.Delay(20);
        }

        throw new TimeoutException("No such line in Envoy's log:\n" + string.Join('\n', _log));
    }

    /// <summary>Waits until every host of a cluster passes its health check: a slow start may have failed the first one.</summary>
    public async Task WaitUntilHealthyAsync(string cluster)
    {
        var clock = Stopwatch.StartNew();
        while (!await IsHealthyAsync(cluster))
        {
            if (clock.Elapsed > StartLimit)
            {
                throw new TimeoutException($"{cluster} did not become healthy:\n" + string.Join('\n', _log));
            }

            await Task.Delay(50);
        }
    }

    private async Task<bool> IsHealthyAsync(string cluster)
    {
        var flags = (await Http.GetStringAsync(new Uri(Admin, "/clusters")))
            .Split('\n')
            .Where(line =>
                line.StartsWith(cluster + "::", StringComparison.Ordinal) && line.Contains("::health_flags::", StringComparison.Ordinal)
            )
            .ToList();
        return flags.Count > 0 && flags.All(line => line.EndsWith("::healthy", StringComparison.Ordinal));
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            _log.Enqueue(line.Data);
        }
    }

    private async Task WaitUntilReadyAsync(string adminFile)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < StartLimit && !_process.HasExited)
        {
            if (File.Exists(adminFile) && await File.ReadAllTextAsync(adminFile) is { Length: > 0 } address)
            {
                Admin = new($"http://{address.Trim()}");
                if (await IsReadyAsync())
                {
                    _ports = await ListenerPortsAsync();
                    return;
                }
            }

            await Task.Delay(25);
        }

        // WaitForExit without a limit also waits for the rest of the output.
        if (_process.HasExited)
        {
            await _process.WaitForExitAsync();
        }

        throw new InvalidOperationException("Envoy did not become ready:\n" + string.Join('\n', _log));
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await Http.GetAsync(new Uri(Admin, "/ready"));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<Dictionary<string, int>> ListenerPortsAsync()
    {
        using var listeners = JsonDocument.Parse(await Http.GetStringAsync(new Uri(Admin, "/listeners?format=json")));
        return listeners
            .RootElement.GetProperty("listener_statuses")
            .EnumerateArray()
            .ToDictionary(
                listener => listener.GetProperty("name").GetString()!,
                listener => listener.GetProperty("local_address").GetProperty("socket_address").GetProperty("port_value").GetInt32()
            );
    }
}
