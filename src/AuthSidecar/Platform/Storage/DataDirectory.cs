using System.Runtime.Versioning;

namespace AuthSidecar.Platform.Storage;

/// <summary>Directory of the local files of the sidecar, readable by its user only.</summary>
internal static class DataDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void Make(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
        else
        {
            Directory.CreateDirectory(path);
        }
    }

    /// <summary>Makes the directory, proves that it can be used, and takes the right to write from others.</summary>
    /// <returns>A warning, or null.</returns>
    /// <exception cref="StoreUnavailableException">It cannot be made, read or written.</exception>
    public static string? Prepare(string path)
    {
        try
        {
            Make(path);
            _ = Directory.EnumerateFileSystemEntries(path).Any();
            var probe = Path.Combine(path, $".probe-{Environment.ProcessId}");
            new FileStream(probe, NewFile(FileMode.Create)).Dispose();
            File.Delete(probe);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The data directory {path} cannot be used: {exception.Message}", exception);
        }

        return OperatingSystem.IsWindows() ? null : CloseToOthers(path);
    }

    [UnsupportedOSPlatform("windows")]
    private static string? CloseToOthers(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        var mode = File.GetUnixFileMode(path);
        if ((mode & Others) == 0)
        {
            return null;
        }

        try
        {
            File.SetUnixFileMode(path, mode & ~Others);
            return $"The data directory {path} could be written by other users; its mode no longer permits it.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"The data directory {path} can be written by other users, who can replace the store and the pepper.";
        }
    }

    /// <summary>Options of a new file that only the owner may read, from its creation on.</summary>
    public static FileStreamOptions NewFile(FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }
}
