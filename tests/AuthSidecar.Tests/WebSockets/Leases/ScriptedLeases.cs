using System.Collections.Concurrent;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.WebSockets.Leases;

namespace AuthSidecar.Tests.WebSockets.Leases;

/// <summary>Returns scripted verdicts and records its calls.</summary>
internal sealed class ScriptedLeases : ISocketLeases
{
    public LeaseVerdict Verdict { get; set; } = LeaseVerdict.Taken;

    /// <summary>Returns after the caller has continued.</summary>
    public bool IsLate { get; set; }

    /// <summary>Thrown by renewals.</summary>
    public Exception? Fault { get; set; }

    public List<(SocketLease Lease, SocketCaps Caps, RedisDownAnswer WhenRedisIsDown)> Asked { get; } = [];

    public ConcurrentQueue<SocketLease> Renewed { get; } = [];

    public ConcurrentQueue<SocketLease> Ended { get; } = [];

    public int Count => 0;

    public async ValueTask<LeaseVerdict> TakeAsync(SocketLease lease, SocketCaps caps, RedisDownAnswer whenRedisIsDown)
    {
        Asked.Add((lease, caps, whenRedisIsDown));
        if (IsLate)
        {
            await Task.Yield();
        }

        return Verdict;
    }

    public ValueTask RenewAsync(SocketLease lease)
    {
        if (Fault is not null)
        {
            throw Fault;
        }

        Renewed.Enqueue(lease);
        return ValueTask.CompletedTask;
    }

    public ValueTask EndAsync(SocketLease lease)
    {
        Ended.Enqueue(lease);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReleaseAsync(SocketLease lease) => EndAsync(lease);
}
