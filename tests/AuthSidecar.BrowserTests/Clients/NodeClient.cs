using System.Diagnostics;
using System.Text.Json;
using AuthSidecar.TestSupport;

namespace AuthSidecar.BrowserTests.Clients;

/// <summary>node with the package ws, the client of most servers in JavaScript.</summary>
internal static class NodeClient
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    /// <summary>Opens WebSockets concurrently.</summary>
    public static async Task<IReadOnlyList<SeenSocket>> OpenAsync(IReadOnlyList<SocketCall> calls)
    {
        var seen = await RunAsync(JsonSerializer.Serialize(calls, JsonSerializerOptions.Web), "sockets.js");
        return JsonSerializer.Deserialize<IReadOnlyList<SeenSocket>>(seen, JsonSerializerOptions.Web)!;
    }

    /// <summary>Runs a module that may import the package, until it ends.</summary>
    /// <returns>Its standard output.</returns>
    public static Task<string> RunModuleAsync(string module) => RunAsync(module, "--input-type=module", "-");

    private static async Task<string> RunAsync(string input, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("node", arguments)
            {
                WorkingDirectory = NodePackages.Sockets.Directory,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteLineAsync(input);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(_limit);
        await process.WaitForExitAsync().WaitAsync(_limit);
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"node ended with {process.ExitCode}: {output}{await errors}");
    }
}
