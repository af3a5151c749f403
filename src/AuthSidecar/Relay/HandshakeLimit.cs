using Microsoft.AspNetCore.Connections;

namespace AuthSidecar.Relay;

/// <summary>Cuts a connection on which no WebSocket has opened in time, whatever was sent on it so far.</summary>
internal sealed class HandshakeLimit(ITimer timer)
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(ConnectionDelegate next, ConnectionContext connection, TimeProvider time)
    {
        await using var timer = time.CreateTimer(static connection => ((ConnectionContext)connection!).Abort(), connection, _longest, Timeout.InfiniteTimeSpan);
        connection.Features.Set(new HandshakeLimit(timer));
        await next(connection);
    }

    /// <summary>The WebSocket is open.</summary>
    public void Lift() => timer.Dispose();
}
