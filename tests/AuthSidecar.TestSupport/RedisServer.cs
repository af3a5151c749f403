using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AuthSidecar.TestSupport;

/// <summary>
/// A real Redis on a free port, with its files in a temporary directory. It keeps its port, and its data when persistence is configured,
/// over a restart.
/// </summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const int FirstPort = 10_000;
    private const int EndOfPorts = 32_768;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly string _directory = Directory.CreateTempSubdirectory("redis-").FullName;
    private readonly string[] _arguments;
    private Process? _process;

    private RedisServer(int port, string[] arguments) => (Port, _arguments) = (port, arguments);

    public int Port { get; private set; }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The value for <c>Redis:ConnectionString</c>.</summary>
    public string Address => $"127.0.0.1:{Port}";

    /// <param name="arguments">Further command-line arguments, such as <c>--requirepass</c>.</param>
    public static async Task<RedisServer> StartAsync(params string[] arguments)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServer(FreePort(), arguments);
            try
            {
                await server.RunAsync();
                return server;
            }
            catch (IOException) when (attempt < 5)
            {
                // Another process took the port in between.
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>
    /// A port without a listener, for a server that must be configured with its port. It is outside the kernel's range for port 0
    /// (<c>ip_local_port_range</c>).
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, Random.Shared.Next(FirstPort, EndOfPorts)));
                return ((IPEndPoint)socket.LocalEndPoint!).Port;
            }
            catch (SocketException)
            {
                // In use.
            }
        }
    }

    /// <summary>Kills it (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Stops it gracefully.</summary>
    public async Task StopAsync()
    {
        Signal("TERM");
        await _process!.WaitForExitAsync();
    }

    /// <summary>Starts it on the same port, empty.</summary>
    public async Task RestartAsync()
    {
        if (!_process!.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        await RunAsync();
    }

    /// <summary>Freezes it: it accepts connections and answers nothing until <see cref="Resume"/> (SIGSTOP).</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>Resumes it (SIGCONT).</summary>
    public void Resume() => Signal("CONT");

    /// <summary>
    /// Runs one command whose arguments contain no spaces, on a separate connection. Returns the first line of the raw reply.
    /// </summary>
    public Task<string> AskAsync(string command) => AskAsync(Port, command);

    /// <inheritdoc cref="AskAsync(string)"/>
    public static async Task<string> AskAsync(int port, string command)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        using var writer = new StreamWriter(client.GetStream()) { NewLine = "\r\n", AutoFlush = true };
        using var reader = new StreamReader(client.GetStream());
        await writer.WriteLineAsync(command);
        return await reader.ReadLineAsync(limit.Token) ?? "";
    }

    /// <summary>Like <see cref="AskAsync(string)"/>; returns all lines of the raw reply.</summary>
    public Task<string[]> ReplyAsync(string command) => ReplyAsync(Port, command);

    /// <inheritdoc cref="ReplyAsync(string)"/>
    public static async Task<string[]> ReplyAsync(int port, string command)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        using var writer = new StreamWriter(client.GetStream()) { NewLine = "\r\n", AutoFlush = true };
        using var reader = new StreamReader(client.GetStream());
        await writer.WriteLineAsync($"{command}\r\nPING");
        var lines = new List<string>();
        while (await reader.ReadLineAsync(limit.Token) is { } line and not "+PONG")
        {
            lines.Add(line);
        }

        return [.. lines];
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task RunAsync()
    {
        var program = Programs.OnPath("redis-server") ?? throw new InvalidOperationException("redis-server is not on the PATH.");

        // Checks its own log, because another Redis may answer on a port that was taken.
        var log = Path.Combine(_directory, "log");
        File.Delete(log);
        string[] arguments =
        [
            "--port",
            $"{Port}",
            "--bind",
            "127.0.0.1",
            "--dir",
            _directory,
            "--save",
            "",
            "--appendonly",
            "no",
            "--logfile",
            log,
            .. _arguments,
        ];
        _process = Process.Start(program, arguments);
        var clock = Stopwatch.StartNew();
        while (!File.Exists(log) || !(await File.ReadAllTextAsync(log)).Contains("Ready to accept connections", StringComparison.Ordinal))
        {
            if (_process.HasExited || clock.Elapsed > Patience)
            {
                throw new IOException($"redis-server did not answer on port {Port}.");
            }

            await Task.Delay(10);
        }
    }

    private void Signal(string name) => Programs.Run("/bin/kill", [$"-{name}", $"{_process!.Id}"]);
}
