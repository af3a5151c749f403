using System.Collections.Concurrent;
using AuthSidecar.Decisions.Vocabulary;
using StackExchange.Redis;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>Sockets whose latest state Redis lacks; each state is read from the table when it is sent.</summary>
internal sealed class PendingLeaseUpdates(LeaseTable own, LeaseScript script)
{
    private const int Most = 65_536;
    private const int BatchSize = 100;

    private readonly ConcurrentDictionary<string, (SocketLease Lease, bool IsRelease)> _leases = new(StringComparer.Ordinal);
    private readonly Lock _sending = new();
    private Task _sent = Task.CompletedTask;
    private volatile bool _isKnown;

    /// <summary>True when Redis has the registration of this replica and all of its sockets.</summary>
    public bool IsEmpty => _isKnown && _leases.IsEmpty;

    /// <param name="lease">The lease.</param>
    /// <param name="isRelease">If it has ended: its request was denied, so another replica may have it for a repeat.</param>
    public void Add(SocketLease lease, bool isRelease = false)
    {
        if (_leases.Count >= Most)
        {
            // Open sockets are sent again anyway; leases of ended ones expire.
            _leases.Clear();
            _isKnown = false;
        }

        _leases[lease.DecisionId] = (lease, isRelease);
    }

    /// <summary>Marks all sockets as pending, because Redis lost the registration of this replica and perhaps its sockets.</summary>
    public void AddAll() => _isKnown = false;

    /// <summary>Sends every pending update; concurrent callers share one run.</summary>
    /// <exception cref="RedisException">Redis does not answer, or returns an error; or any other exception of
    /// <see cref="LeaseScript"/>.</exception>
    public Task SendAsync()
    {
        lock (_sending)
        {
            return _sent.IsCompleted ? _sent = SendAllAsync() : _sent;
        }
    }

    private async Task SendAllAsync()
    {
        var isKnown = _isKnown;
        if (!isKnown)
        {
            foreach (var lease in own.All())
            {
                Add(lease);
            }
        }

        foreach (var some in _leases.Values.Chunk(BatchSize))
        {
            await Task.WhenAll(some.Select(one => SendAsync(one.Lease, one.IsRelease)));
        }

        if (!isKnown)
        {
            await script.AppearAsync(isResent: true);
            _isKnown = true;
        }
    }

    private async Task SendAsync(SocketLease lease, bool isRelease)
    {
        // Removed first: an event during the call adds it again.
        _leases.TryRemove(lease.DecisionId, out _);
        try
        {
            if (own.RestOf(lease.DecisionId) is { } rest)
            {
                own.Follow(lease, await script.RenewAsync(lease, rest), isRenewed: false);
            }
            else
            {
                await (isRelease ? script.ReleaseAsync(lease) : script.EndAsync(lease));
            }
        }
        catch
        {
            Add(lease, isRelease);
            throw;
        }
    }
}
