using System.ComponentModel;
using System.Runtime.InteropServices;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// Standard output or error, written without blocking on a reader. A <see cref="FileStream"/> has a position of its own and would overwrite
/// other writers of the same file; the console's stream hides the loss of a pipe's reader. The flags of the descriptor stay unchanged,
/// because other processes may share it: a pipe or terminal is opened a second time, and a socket is written with MSG_DONTWAIT. A pipe of
/// another user cannot be opened again; it is polled before each write, which may still block if another process writes to it. A write to a
/// file blocks as long as its disk.
/// </summary>
internal sealed class StandardStream : ILineTarget
{
    // PIPE_BUF: a writable pipe accepts that many bytes.
    private const int Portion = 4096;

    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int TryAgainOfBsd = 35;
    private const short CanWrite = 4;

    private readonly int _descriptor;
    private readonly WriteMode _mode;

    /// <param name="descriptor">1 or 2.</param>
    public StandardStream(int descriptor) => (_descriptor, _mode) = Open(descriptor);

    private enum WriteMode
    {
        File,
        Socket,
        NonBlocking,
        PollFirst,
    }

    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        if (_mode == WriteMode.PollFirst)
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
                _mode == WriteMode.Socket
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
                        $"Writing to standard {(_descriptor == 2 ? "error" : "output")} failed: {new Win32Exception(error).Message}"
                    );
            }
        }
    }

    public bool Wait(TimeSpan longest)
    {
        var poll = new PollDescriptor { Descriptor = _descriptor, Events = CanWrite };
        return _mode == WriteMode.File || Poll(ref poll, 1, (int)longest.TotalMilliseconds) != 0;
    }

    private static (int Descriptor, WriteMode WriteMode) Open(int descriptor)
    {
        if (Seek(descriptor, 0, Linux.FromHere) >= 0)
        {
            return (descriptor, WriteMode.File);
        }

        if (!OperatingSystem.IsLinux())
        {
            return (descriptor, WriteMode.PollFirst);
        }

        byte nothing = 0;
        if (Send(descriptor, in nothing, 0, Linux.DoNotWait | Linux.NoSignal) >= 0 || Marshal.GetLastPInvokeError() != Linux.NotASocket)
        {
            return (descriptor, WriteMode.Socket);
        }

        var own = OpenFile($"/proc/self/fd/{descriptor}", Linux.WriteOnly | Linux.NonBlocking | Linux.NoTerminal | Linux.CloseOnExec);
        return own >= 0 ? (own, WriteMode.NonBlocking) : (descriptor, WriteMode.PollFirst);
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
