using System.Diagnostics.Metrics;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Hosting;

/// <summary>
/// The watches of health that are open, of each listener by itself. They need no credential and have no end of their own, so each listener keeps only so many: one more ends the oldest.
/// </summary>
internal sealed class HealthWatches
{
    /// <summary>Watches of one listener.</summary>
    public const int Most = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<Listener, LinkedList<CancellationTokenSource>> _open = [];

    public HealthWatches(IMeterFactory meters) =>
        meters.Create(MeterNames.Sidecar).CreateObservableGauge("authsidecar_health_watches", () => Count, null, "Open watches of health.");

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _open.Values.Sum(watches => watches.Count);
            }
        }
    }

    /// <param name="listener">Where it came in.</param>
    /// <param name="call">Ends with the call.</param>
    /// <returns>What ends it, to be disposed of by <see cref="Leave"/>.</returns>
    public LinkedListNode<CancellationTokenSource> Enter(Listener listener, CancellationToken call)
    {
        var node = new LinkedListNode<CancellationTokenSource>(CancellationTokenSource.CreateLinkedTokenSource(call));
        CancellationTokenSource? oldest = null;
        lock (_lock)
        {
            if (!_open.TryGetValue(listener, out var watches))
            {
                _open[listener] = watches = new();
            }

            watches.AddLast(node);
            if (watches.Count > Most)
            {
                oldest = watches.First!.Value;
                watches.RemoveFirst();
            }
        }

        try
        {
            oldest?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself meanwhile.
        }

        return node;
    }

    public void Leave(LinkedListNode<CancellationTokenSource> node)
    {
        lock (_lock)
        {
            node.List?.Remove(node);
        }

        node.Value.Dispose();
    }
}
