using AuthSidecar.Pipeline;

namespace AuthSidecar.SocketLeases;

/// <summary>Gives a place back when its request was refused in the end: no socket will open that could end it.</summary>
internal sealed class LeaseReturn(ISocketLeases leases)
{
    public void Return(CheckContext context)
    {
        if (context.SocketLease is { } lease)
        {
            _ = leases.EndAsync(lease).AsTask();
        }
    }

    /// <summary>The same for a request whose answer was given up, once what still runs for it has run: only then it is known whether it took a place.</summary>
    public void ReturnAfter(CheckContext context, Task running)
    {
        if (context.Kind.HasFlag(RequestKind.WebSocket))
        {
            _ = ReturnLaterAsync(context, running);
        }
    }

    private async Task ReturnLaterAsync(CheckContext context, Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Return(context);
    }
}
