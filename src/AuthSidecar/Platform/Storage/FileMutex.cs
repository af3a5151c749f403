namespace AuthSidecar.Platform.Storage;

/// <summary>
/// Mutual exclusion of processes by an exclusively opened file. The kernel releases it when a process is killed; the empty file stays.
/// </summary>
internal static class FileMutex
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    /// <exception cref="IOException">Another process did not release it within 30 seconds.</exception>
    public static async Task<IDisposable> TakeAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = DataDirectory.NewFile(FileMode.OpenOrCreate);
        options.Share = FileShare.None;
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, options);
            }
            catch (IOException) when (time.GetElapsedTime(start) < _patience)
            {
                await Task.Delay(_pause, time, cancellationToken);
            }
        }
    }
}
