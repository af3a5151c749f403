namespace KestrelGrpc.Tests.Interop;

/// <summary>The packages beside the scripts, installed once.</summary>
internal static class NodePackages
{
    public static string? FindMissing()
    {
        if (Tool.Run("node", ["--version"], TimeSpan.FromSeconds(30)) is { } noNode)
        {
            return noNode;
        }

        if (Directory.Exists(Path.Combine(InteropFiles.Directory, "node_modules", "@grpc", "grpc-js")))
        {
            return null;
        }

        string[] install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        return Tool.Run("npm", install, TimeSpan.FromMinutes(3), InteropFiles.Directory);
    }
}
