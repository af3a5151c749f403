using System.Security.Cryptography;

namespace AuthSidecar.Platform.Configuration;

/// <summary>Files of the settings, each read once, so that the loaded and the watched bytes are the same.</summary>
internal sealed class SettingsFiles
{
    public const string Absent = "does not exist";

    private const int LargestFile = 1024 * 1024;
    private const int PartSize = 4096;

    private readonly Dictionary<string, (byte[] Content, string? Error)> _read = [];

    public IReadOnlyCollection<string> Paths => _read.Keys;

    /// <summary>Hash or error of each file; a difference means a change.</summary>
    public IReadOnlyDictionary<string, string> Fingerprint =>
        _read.ToDictionary(file => file.Key, file => file.Value.Error ?? Convert.ToHexString(SHA256.HashData(file.Value.Content)));

    public static SettingsFiles Scan(IEnumerable<string> paths)
    {
        var files = new SettingsFiles();
        foreach (var path in paths)
        {
            files.Read(path);
        }

        return files;
    }

    public (byte[] Content, string? Error) Read(string path) =>
        _read.TryGetValue(path, out var known) ? known : _read[path] = ReadNow(path);

    private static (byte[] Content, string? Error) ReadNow(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            var part = new byte[PartSize];
            while (file.Read(part) is var length and > 0)
            {
                content.Write(part, 0, length);
                if (content.Length > LargestFile)
                {
                    return ([], "is larger than 1 MiB");
                }
            }

            return (content.ToArray(), null);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return ([], Absent);
        }
        catch (UnauthorizedAccessException)
        {
            return ([], Directory.Exists(path) ? "is a directory" : "may not be read by this user");
        }
        catch (IOException exception)
        {
            return ([], $"cannot be read ({exception.Message})");
        }
    }
}
