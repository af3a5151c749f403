using System.Diagnostics;

namespace AuthSidecar.TestSupport;

/// <summary>Processes that leave no processor idle, each for a minute of its time at most.</summary>
internal sealed class BusyMachine : IDisposable
{
    private readonly List<Process> _burners =
    [
        .. Enumerable
            .Range(0, 2 * Environment.ProcessorCount)
            .Select(_ => Process.Start("/bin/sh", ["-c", "ulimit -t 60; while :; do :; done"])),
    ];

    public void Dispose()
    {
        foreach (var burner in _burners)
        {
            burner.Kill();
            burner.WaitForExit();
            burner.Dispose();
        }
    }
}
