using AuthSidecar.Pipeline;

namespace AuthSidecar.SocketLeases;

/// <summary>Gives a place back when its request was refused in the end: no socket will open that could end it.</summary>
internal sealed class LeaseReturn(ISocketLeases leases) : IChargeReturn
{
    public void Return(CheckContext context)
    {
        if (context.SocketLease is { } lease)
        {
            _ = leases.EndAsync(lease).AsTask();
        }
    }
}
