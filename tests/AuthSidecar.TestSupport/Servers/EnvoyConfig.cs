using System.Text.RegularExpressions;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>Envoy configurations as text: read from a file, moved to other ports, validated by Envoy itself.</summary>
internal static partial class EnvoyConfig
{
    /// <summary>The file with every `port_value: FROM` replaced. Throws for a port that the file does not contain.</summary>
    public static string OnPorts(string config, params (int From, int To)[] moves)
    {
        var seen = new HashSet<int>();
        var moved = PortValue()
            .Replace(config, match =>
            {
                var port = int.Parse(match.Groups[1].Value);
                seen.Add(port);
                return moves.Where(move => move.From == port).Select(move => $"port_value: {move.To}").FirstOrDefault(match.Value);
            });
        var missing = moves.Select(move => move.From).Except(seen).ToList();
        return missing.Count == 0 ? moved : throw new ArgumentException($"No port {string.Join(", ", missing)} in it.", nameof(moves));
    }

    /// <summary>
    /// Longer than the shipped timeouts of Check, of its health checks and of connections, for a machine that runs many tests at once.
    /// </summary>
    public static string Patient(string config) =>
        config
            .Replace("timeout: 0.25s", "timeout: 10s", StringComparison.Ordinal)
            .Replace("- timeout: 1s", "- timeout: 10s", StringComparison.Ordinal)
            .Replace("interval: 15s, timeout: 3s", "interval: 15s, timeout: 30s", StringComparison.Ordinal);

    /// <summary>Null when Envoy accepts the configuration, else Envoy's error.</summary>
    public static string? Problem(EnvoyRelease release, string config)
    {
        var file = Path.GetTempFileName();
        var yaml = Path.ChangeExtension(file, ".yaml");
        File.Move(file, yaml);
        try
        {
            File.WriteAllText(yaml, config);
            var (exitCode, output) = Programs.Run(EnvoyBinary.Path(release), ["--mode", "validate", "-c", yaml, "--use-dynamic-base-id"]);
            return exitCode == 0 ? null : output;
        }
        finally
        {
            File.Delete(yaml);
        }
    }

    [GeneratedRegex(@"\bport_value: (\d+)\b")]
    private static partial Regex PortValue();
}
