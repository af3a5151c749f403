using System.Runtime.InteropServices;

namespace AuthSidecar.Administration.Composition;

/// <summary>
/// Signals of the process: SIGHUP reloads the configuration, and a second SIGTERM or Ctrl+C ends the drain that the first has begun.
/// </summary>
internal sealed class ProcessSignals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _stops;

    /// <param name="reload">Reloads the configuration; must not throw.</param>
    /// <param name="endDrain">Ends the drain.</param>
    public ProcessSignals(Action reload, Action endDrain)
    {
        if (!OperatingSystem.IsWindows())
        {
            // Without a handler the signal ends the process.
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
                {
                    signal.Cancel = true;
                    reload();
                }));
        }

        foreach (var stop in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT })
        {
            _registrations.Add(PosixSignalRegistration.Create(stop, _ =>
                {
                    if (Interlocked.Increment(ref _stops) > 1)
                    {
                        endDrain();
                    }
                }));
        }
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
