using System.Collections.Concurrent;
using System.Threading.Channels;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>The open relayed sockets, and the invalidations that may affect them.</summary>
internal sealed class SocketRegistry : ICacheInvalidationHandler, IDisposable
{
    private readonly ConcurrentDictionary<RelayedSocket, byte> _sockets = new();
    private readonly Channel<InvalidationSet> _invalidations = Channel.CreateUnbounded<InvalidationSet>();
    private readonly CancellationTokenSource _stopping = new();
    private int _activeConnections;
    private long _epoch;

    public bool RunsAfterCaches => true;

    public ICollection<RelayedSocket> All => _sockets.Keys;

    public int Count => _sockets.Count;

    /// <summary>Number of invalidations so far: a socket decided before one and registered after it must be reauthorized.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    /// <summary>Invalidations in order of arrival.</summary>
    public ChannelReader<InvalidationSet> Invalidations => _invalidations.Reader;

    /// <summary>Cancelled when no new socket may open.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Handshakes in progress and open sockets.</summary>
    public int ActiveConnections => Volatile.Read(ref _activeConnections);

    public void Invalidate(InvalidationSet invalidations)
    {
        Interlocked.Increment(ref _epoch);
        if (!_sockets.IsEmpty)
        {
            _invalidations.Writer.TryWrite(invalidations);
        }
    }

    public void Enter() => Interlocked.Increment(ref _activeConnections);

    public void Leave() => Interlocked.Decrement(ref _activeConnections);

    public void Add(RelayedSocket socket) => _sockets[socket] = 0;

    public void Remove(RelayedSocket socket) => _sockets.TryRemove(socket, out _);

    public void Stop() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();
}
