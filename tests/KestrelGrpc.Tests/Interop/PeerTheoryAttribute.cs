namespace KestrelGrpc.Tests.Interop;

/// <summary>A theory that is skipped, saying why, where the other implementation is missing; unless it is required.</summary>
[AttributeUsage(AttributeTargets.Method)]
public abstract class PeerTheoryAttribute : TheoryAttribute
{
    private protected PeerTheoryAttribute(Peer peer)
    {
        if (!peer.IsRequired)
        {
            Skip = peer.Missing;
        }
    }
}

public sealed class GrpcJsTheoryAttribute() : PeerTheoryAttribute(Peer.GrpcJs);

public sealed class GrpcioTheoryAttribute() : PeerTheoryAttribute(Peer.Grpcio);
