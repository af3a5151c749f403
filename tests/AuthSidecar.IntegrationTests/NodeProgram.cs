using System.Diagnostics;
using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests;

/// <summary>A server of this project's npm packages, run by node until its standard input ends.</summary>
internal static class NodeProgram
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="script">Its first line that begins with a brace says where it listens.</param>
    /// <returns>The process, and the line.</returns>
    public static async Task<(Process Process, JsonNode Facts)> StartAsync(string script)
    {
        var start = new ProcessStartInfo(Programs.OnPath("node")!, [script])
        {
            WorkingDirectory = NodePackages.Integration.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(Patience);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith('{'))
            {
                return (process, JsonNode.Parse(line)!);
            }
        }

        throw new InvalidOperationException($"{script} did not start.");
    }
}
