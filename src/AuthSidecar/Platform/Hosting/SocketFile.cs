using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace AuthSidecar.Platform.Hosting;

/// <summary>The file of a unix socket, which remains after a killed process.</summary>
internal static class SocketFile
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Binds a socket whose file has mode 0660 from its creation on.</summary>
    /// <exception cref="IOException">The file cannot be created.</exception>
    [SupportedOSPlatform("linux")]
    public static Socket Bind(EndPoint endpoint)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // The file gets the socket's mode, reduced by the process's umask.
            using (var handle = new SafeFileHandle(socket.Handle, ownsHandle: false))
            {
                File.SetUnixFileMode(handle, Mode);
            }

            socket.Bind(endpoint);
            File.SetUnixFileMode(endpoint.ToString()!, Mode);
            return socket;
        }
        catch (SocketException problem)
        {
            socket.Dispose();
            throw new IOException($"Failed to bind to unix:{endpoint}: {problem.Message}.", problem);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Removes the file of a stopped process.</summary>
    /// <exception cref="IOException">Another process listens there, the file is not a socket, or its directory is missing.</exception>
    public static void RemoveStale(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory && !Directory.Exists(directory))
        {
            throw new IOException(
                $"Failed to bind to unix:{path}: the directory {directory} does not exist; create it, writable for the sidecar's user "
                    + "and accessible for Envoy's."
            );
        }

        if (!File.Exists(path))
        {
            return;
        }

        if (!IsSocket(path))
        {
            throw new IOException($"Failed to bind to unix:{path}: the path is a file that is not a socket.");
        }

        if (IsAnswered(path))
        {
            throw new IOException($"Failed to bind to unix:{path}: address already in use.");
        }

        File.Delete(path);
    }

    // .NET has no file type for sockets.
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
