using Microsoft.AspNetCore.Connections;

namespace AuthSidecar.WebSockets.Closer;

/// <summary>
/// Aborts a connection that is still open after a deadline, regardless of its traffic, unless the deadline is lifted. A feature of the
/// connection.
/// </summary>
internal sealed class ConnectionDeadline(ITimer timer)
{
    public static async Task RunAsync(ConnectionDelegate next, ConnectionContext connection, TimeSpan deadline, TimeProvider time)
    {
        await using var timer = time.CreateTimer(
            static connection => ((ConnectionContext)connection!).Abort(),
            connection,
            deadline,
            Timeout.InfiniteTimeSpan
        );
        connection.Features.Set(new ConnectionDeadline(timer));
        await next(connection);
    }

    /// <summary>From now on the connection may stay open.</summary>
    public void Lift() => timer.Dispose();
}
