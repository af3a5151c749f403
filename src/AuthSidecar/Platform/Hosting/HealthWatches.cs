using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Platform.Hosting;

/// <summary>
/// Open health watches per listener. They need no credential and have no end of their own, so their number is bounded: a new one above the
/// bound ends the oldest.
/// </summary>
internal sealed class HealthWatches
{
    /// <summary>Maximum watches per listener.</summary>
    public const int Most = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<Listener, LinkedList<CancellationTokenSource>> _open = [];

    public HealthWatches(IMeterFactory meters) =>
        meters.Create(MeterNames.Sidecar).CreateObservableGauge("authsidecar_health_watches", () => Count, null, "Open health watches.");

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

    /// <param name="listener">The listener of the call.</param>
    /// <param name="call">Cancelled when the call ends.</param>
    /// <returns>Its cancellation, disposed by <see cref="Leave"/>.</returns>
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
            // The watch ended meanwhile.
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
