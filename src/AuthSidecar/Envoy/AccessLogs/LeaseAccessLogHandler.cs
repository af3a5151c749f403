using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.WebSockets.Leases;

namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>Renews and ends WebSocket leases from Envoy's access log.</summary>
internal sealed class LeaseAccessLogHandler(ISocketLeases leases, LiveOptions<LimitsOptions> limits)
{
    public ValueTask HandleAsync(AccessLogEntry entry)
    {
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
}
