using System.Net.Sockets;

namespace AuthSidecar.Hosting;

/// <summary>The file of a unix socket, which outlives a process that was killed.</summary>
internal static class SocketFile
{
    /// <summary>Makes room for a new socket.</summary>
    /// <exception cref="IOException">Somebody listens there, or it is no socket.</exception>
    public static void RemoveStale(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        if (!IsSocket(path))
        {
            throw new IOException($"Failed to bind to unix:{path}: there is a file that is not a socket.");
        }

        if (IsAnswered(path))
        {
            throw new IOException($"Failed to bind to unix:{path}: address already in use.");
        }

        File.Delete(path);
    }

    // .NET has no name for this type of file.
    private static bool IsSocket(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return false;
        }
        catch (IOException)
        {
            // ENXIO: a socket cannot be opened.
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsAnswered(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }
}
