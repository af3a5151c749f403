using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>The sidecar as a separate process whose standard output and error are pipes, read at the rate that a test chooses.</summary>
internal sealed class PipedSidecar : IAsyncDisposable
{
    private const int SlicesInSecond = 50;
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private PipedSidecar(Process process, Uri check) => (_process, Check) = (process, check);

    public Uri Check { get; }

    /// <summary>The output read so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts it and waits until it listens, without reading its output.</summary>
    /// <param name="sandbox">Its configuration; the address of Check is chosen here.</param>
    /// <param name="redirect">Further arguments of the shell that starts it, such as <c>&gt;/dev/full</c>.</param>
    public static async Task<PipedSidecar> StartAsync(SidecarSandbox sandbox, string redirect = "")
    {
        var check = new Uri($"http://127.0.0.1:{FreePort()}");
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Programs.OnPath("dotnet")!;
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                "-c",
                $"""exec "$0" "$@" {redirect}""",
                dotnet,
                SidecarProgram.Path,
                "serve",
                "--config",
                sandbox.ConfigFile,
                $"--Listen:Check={check}",
            ]
        )
        {
            WorkingDirectory = sandbox.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var sidecar = new PipedSidecar(Process.Start(start)!, check);
        await Eventually.TrueAsync(sidecar.IsListeningAsync, "it listens");
        return sidecar;
    }

    /// <summary>Reads standard output at this many bytes per second until it ends.</summary>
    public Task ReadAsync(int bytesPerSecond) =>
        Task.Run(async () =>
        {
            var buffer = new byte[Math.Max(1, bytesPerSecond / SlicesInSecond)];
            while (await _process.StandardOutput.BaseStream.ReadAsync(buffer) is > 0 and var count)
            {
                lock (_output)
                {
                    _output.Append(Encoding.UTF8.GetString(buffer, 0, count));
                }

                await Task.Delay(1000 / SlicesInSecond);
            }
        });

    /// <summary>Closes the reader's end of the pipe.</summary>
    public void CloseOutput() => _process.StandardOutput.Dispose();

    public string ReadErrors()
    {
        _process.Kill();
        return _process.StandardError.ReadToEnd();
    }

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

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }

    private async Task<bool> IsListeningAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Check.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
