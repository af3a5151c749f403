using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys;

/// <summary>The generated pepper of a sidecar without configured ones, a file in the data directory.</summary>
internal static class PepperFile
{
    private const int Bytes = 32;
    private const int LeastCharacters = 16;

    /// <summary>The configured peppers, or else the generated one.</summary>
    /// <exception cref="StoreConfigurationException">A configured pepper could not be read.</exception>
    public static async Task<IReadOnlyCollection<Secret>> PeppersOfAsync(
        IReadOnlyCollection<Secret> peppers,
        string dataDirectory,
        TimeProvider time,
        CancellationToken cancellationToken
    ) =>
        peppers.FirstOrDefault(pepper => pepper.Missing is not null) is { Missing: { } error }
            ? throw new StoreConfigurationException(error)
        : peppers.Count > 0 ? peppers
        : [await ReadOrCreateAsync(dataDirectory, time, cancellationToken)];

    public static async Task<Secret> ReadOrCreateAsync(string directory, TimeProvider time, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(Path.Combine(directory, "pepper"));
        try
        {
            if (!File.Exists(path))
            {
                await CreateAsync(path, time, cancellationToken);
            }

            var text = (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
            return text.Length >= LeastCharacters
                ? new(text, SecretSource.Generated)
                : throw new StoreConfigurationException(
                    $"{path} does not hold a pepper; restore it, otherwise all keys hashed with it are lost."
                );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The pepper at {path} cannot be read or created: {exception.Message}", exception);
        }
    }

    // File.Move checks for an existing file before it moves: without the lock two concurrent starts could each keep a pepper of their own.
    private static async Task CreateAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        DataDirectory.Make(Path.GetDirectoryName(path)!);
        using var mutex = await FileMutex.TakeAsync($"{path}.lock", time, cancellationToken);
        if (File.Exists(path))
        {
            return;
        }

        var draft = $"{path}.draft";
        await using (var file = new FileStream(draft, DataDirectory.NewFile(FileMode.Create)))
        {
            await file.WriteAsync(
                Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(Bytes * 2, lowercase: true)),
                cancellationToken
            );
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path);
    }
}
