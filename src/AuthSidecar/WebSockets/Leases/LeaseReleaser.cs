using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>Ends the lease of a request that was denied after taking it, because no socket will open whose end would free it.</summary>
internal sealed class LeaseReleaser(ISocketLeases leases) : IResourceReleaser
{
    public void Release(CheckContext context)
    {
        if (context.SocketLease is { } lease)
        {
            _ = leases.EndAsync(lease).AsTask();
        }
    }
}
