using System.ComponentModel;
using System.Runtime.InteropServices;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// Standard output or error as the kernel has it, without waiting for a reader. A <see cref="FileStream"/> would keep a position of its own
/// and overwrite what the process's other
/// writers put into the same file; the console's stream would say nothing when the reader of a pipe has gone. The descriptor's own flags
/// stay as they are, because other processes
/// may share it: a pipe or terminal is opened once more, a socket is told with each write not to wait. Where a pipe cannot be opened again
/// (it is another user's), the kernel is
/// asked before each write, which another process that writes into the same pipe can make wait. A file takes what it is given, however long
/// its disk needs.
/// </summary>
internal sealed class StandardStream : ILineTarget
{
    // What a pipe that is ready takes whole (PIPE_BUF).
    private const int Portion = 4096;

    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int TryAgainOfBsd = 35;
    private const short CanWrite = 4;

    private readonly int _descriptor;
    private readonly Way _way;

    /// <param name="descriptor">1 or 2.</param>
    public StandardStream(int descriptor) => (_descriptor, _way) = Open(descriptor);

    private enum Way
    {
        File,
        Socket,
        WithoutWaiting,
        AskFirst,
    }

    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        if (_way == Way.AskFirst)
        {
            if (!Wait(TimeSpan.Zero))
            {
                return 0;
            }

            bytes = bytes[..Math.Min(bytes.Length, Portion)];
        }

        while (true)
        {
            ref readonly var first = ref MemoryMarshal.GetReference(bytes);
            var written =
                _way == Way.Socket
                    ? Send(_descriptor, in first, bytes.Length, Linux.DoNotWait | Linux.NoSignal)
                    : WriteDescriptor(_descriptor, in first, bytes.Length);
            if (written >= 0)
            {
                return (int)written;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    continue;
                case TryAgain or TryAgainOfBsd:
                    return 0;
                case var error:
                    throw new IOException(
                        $"Standard {(_descriptor == 2 ? "error" : "output")} cannot be written: {new Win32Exception(error).Message}"
                    );
            }
        }
    }

    public bool Wait(TimeSpan longest)
    {
        var poll = new PollDescriptor { Descriptor = _descriptor, Events = CanWrite };
        return _way == Way.File || Poll(ref poll, 1, (int)longest.TotalMilliseconds) != 0;
    }

    private static (int Descriptor, Way Way) Open(int descriptor)
    {
        if (Seek(descriptor, 0, Linux.FromHere) >= 0)
        {
            return (descriptor, Way.File);
        }

        if (!OperatingSystem.IsLinux())
        {
            return (descriptor, Way.AskFirst);
        }

        byte nothing = 0;
        if (Send(descriptor, in nothing, 0, Linux.DoNotWait | Linux.NoSignal) >= 0 || Marshal.GetLastPInvokeError() != Linux.NotASocket)
        {
            return (descriptor, Way.Socket);
        }

        var own = OpenFile($"/proc/self/fd/{descriptor}", Linux.WriteOnly | Linux.NonBlocking | Linux.NoTerminal | Linux.CloseOnExec);
        return own >= 0 ? (own, Way.WithoutWaiting) : (descriptor, Way.AskFirst);
    }

#pragma warning disable SYSLIB1054 // Generated marshalling would need unsafe code in the whole project.
    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint WriteDescriptor(int descriptor, ref readonly byte buffer, nint count);

    [DllImport("libc", EntryPoint = "send", SetLastError = true)]
    private static extern nint Send(int descriptor, ref readonly byte buffer, nint count, int flags);

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static extern int Poll(ref PollDescriptor descriptor, nuint count, int milliseconds);

    [DllImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static extern long Seek(int descriptor, long offset, int from);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int OpenFile([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
#pragma warning restore SYSLIB1054

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Found;
    }

    private static class Linux
    {
        public const int WriteOnly = 1;
        public const int NoTerminal = 0x100;
        public const int NonBlocking = 0x800;
        public const int CloseOnExec = 0x80000;
        public const int DoNotWait = 0x40;
        public const int NoSignal = 0x4000;
        public const int NotASocket = 88;
        public const int FromHere = 1;
    }
}
