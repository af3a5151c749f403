using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>Holds the locks of SQLite's readers and writers, so that no statement of another process makes progress.</summary>
internal static class LockedStore
{
    // The lock bytes of the shared-memory file: writer, checkpointer, recovery and five readers (SQLite's WAL format, section 2.2).
    private const long FirstLock = 120;
    private const long Locks = 8;

    public static IDisposable Lock(SidecarSandbox sandbox)
    {
        if (OperatingSystem.IsMacOS())
        {
            throw new PlatformNotSupportedException("Files have no such locks there.");
        }

        var file = new FileStream(
            Path.Combine(sandbox.DataDirectory, "authsidecar.db-shm"),
            FileMode.Open,
            FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete
        );
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                file.Lock(FirstLock, Locks);
                return file;
            }
            catch (IOException) when (attempt < 1000)
            {
                // Held by a reader at the moment.
                Thread.Sleep(5);
            }
        }
    }
}
