using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.WebSockets.Leases;

namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>Renews and ends leases of WebSockets and of running requests from Envoy's access log.</summary>
internal sealed class LeaseAccessLogHandler(ISocketLeases leases, IRequestLeases requests, LiveOptions<LimitsOptions> limits)
{
    public ValueTask HandleAsync(AccessLogEntry entry)
    {
        if (entry.Facts.Parallel.Length > 0)
        {
            HandleRequest(entry);
        }

        // Only sockets with a subject are counted, and only with caps.
        if (!entry.IsSocket || entry.Subject.Length == 0 || SocketCaps.Of(limits.Current).AreOff)
        {
            return ValueTask.CompletedTask;
        }

        return entry.Phase switch
        {
            AccessLogPhase.Opened or AccessLogPhase.Alive => leases.RenewAsync(new(entry.DecisionId, entry.SocketOwner)),
            AccessLogPhase.Ended => leases.EndAsync(new(entry.DecisionId, entry.SocketOwner)),
            _ => ValueTask.CompletedTask,
        };
    }

    private void HandleRequest(AccessLogEntry entry)
    {
        if (entry.Phase == AccessLogPhase.Ended)
        {
            requests.End(entry.DecisionId);
        }
        else if (entry is { IsSocket: true, Phase: AccessLogPhase.Opened or AccessLogPhase.Alive })
        {
            requests.Renew(entry.DecisionId);
        }
    }
}
