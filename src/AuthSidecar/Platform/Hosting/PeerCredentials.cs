using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace AuthSidecar.Platform.Hosting;

/// <summary>The user of a unix socket's peer, as the kernel reports it.</summary>
internal static class PeerCredentials
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int UidOffset = 4;

    // pid, uid and gid.
    private const int Length = 12;

    /// <summary>Uid of this process.</summary>
    public static uint Own => EffectiveUser();

    /// <returns>Null when unknown: TCP, or not Linux.</returns>
    public static uint? UidOf(Socket socket)
    {
        if (!OperatingSystem.IsLinux() || socket.AddressFamily != AddressFamily.Unix)
        {
            return null;
        }

        Span<byte> credentials = stackalloc byte[Length];
        try
        {
            return socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials) == Length
                ? MemoryMarshal.Read<uint>(credentials[UidOffset..])
                : null;
        }
        catch (SocketException)
        {
            // The peer is gone.
            return null;
        }
    }

#pragma warning disable SYSLIB1054 // Generated marshalling would need unsafe code in the whole project.
    [DllImport("libc", EntryPoint = "geteuid")]
    private static extern uint EffectiveUser();
#pragma warning restore SYSLIB1054
}
