using System.Collections.Concurrent;
using AuthSidecar.Pipeline;
using StackExchange.Redis;

namespace AuthSidecar.SocketLeases;

/// <summary>Sockets of which Redis has not heard the last word. Whether they are still open is looked up when it is told.</summary>
internal sealed class PendingLeaseUpdates(LeaseTable own, LeaseScript script)
{
    private const int Most = 65_536;
    private const int AtOnce = 100;

    private readonly ConcurrentDictionary<string, SocketLease> _leases = new(StringComparer.Ordinal);
    private readonly Lock _telling = new();
    private Task _told = Task.CompletedTask;
    private volatile bool _isKnown;

    /// <summary>True when Redis knows this replica and all of its sockets.</summary>
    public bool IsEmpty => _isKnown && _leases.IsEmpty;

    public void Add(SocketLease lease)
    {
        if (_leases.Count >= Most)
        {
            // Those that are open are told all the same, and the others lapse.
            _leases.Clear();
            _isKnown = false;
        }

        _leases[lease.DecisionId] = lease;
    }

    /// <summary>Redis has forgotten this replica, and so perhaps its sockets: all of them are to be told again.</summary>
    public void AddAll() => _isKnown = false;

    /// <summary>Tells everything; all who need that wait for one.</summary>
    /// <exception cref="RedisException">Redis does not answer, or refuses; or any other exception of <see cref="LeaseScript"/>.</exception>
    public Task TellAsync()
    {
        lock (_telling)
        {
            return _told.IsCompleted ? _told = TellAllAsync() : _told;
        }
    }

    private async Task TellAllAsync()
    {
        var isKnown = _isKnown;
        if (!isKnown)
        {
            foreach (var lease in own.All())
            {
                Add(lease);
            }
        }

        foreach (var some in _leases.Values.Chunk(AtOnce))
        {
            await Task.WhenAll(some.Select(TellAsync));
        }

        if (!isKnown)
        {
            await script.AppearAsync(isTold: true);
            _isKnown = true;
        }
    }

    private async Task TellAsync(SocketLease lease)
    {
        // Taken out first: what happens to it meanwhile is told after this, and may be added again.
        _leases.TryRemove(lease.DecisionId, out _);
        try
        {
            if (own.RestOf(lease.DecisionId) is { } rest)
            {
                own.Follow(lease, await script.RenewAsync(lease, rest), isRenewed: false);
            }
            else
            {
                await script.EndAsync(lease);
            }
        }
        catch
        {
            Add(lease);
            throw;
        }
    }
}
