using Microsoft.AspNetCore.Connections;

namespace AuthSidecar.Hosting;

/// <summary>Cuts a connection that has not ended by itself in time.</summary>
internal static class ConnectionEnd
{
    public static async Task RunAsync(ConnectionDelegate next, ConnectionContext connection, TimeSpan life, TimeProvider time)
    {
        await using var end = time.CreateTimer(static connection => ((ConnectionContext)connection!).Abort(), connection, life, Timeout.InfiniteTimeSpan);
        await next(connection);
    }
}
