namespace Grpc.Core;

/// <summary>What secures a channel.</summary>
public abstract class ChannelCredentials
{
    private protected ChannelCredentials(bool isTls, CallCredentials? callCredentials)
    {
        IsTls = isTls;
        CallCredentials = callCredentials;
    }

    /// <summary>HTTP/2 in clear text.</summary>
    public static ChannelCredentials Insecure { get; } = new TransportCredentials(isTls: false, null);

    /// <summary>TLS as the HTTP handler is set up.</summary>
    public static ChannelCredentials SecureSsl { get; } = new TransportCredentials(isTls: true, null);

    internal bool IsTls { get; }

    internal CallCredentials? CallCredentials { get; }

    /// <summary>A channel whose every call also carries call credentials.</summary>
    /// <exception cref="ArgumentException">The channel is not secure, or has call credentials already.</exception>
    public static ChannelCredentials Create(ChannelCredentials channelCredentials, CallCredentials callCredentials)
    {
        ArgumentNullException.ThrowIfNull(channelCredentials);
        ArgumentNullException.ThrowIfNull(callCredentials);
        if (!channelCredentials.IsTls || channelCredentials.CallCredentials is not null)
        {
            throw new ArgumentException("Call credentials go with channel credentials that are secure and plain.", nameof(channelCredentials));
        }

        return new TransportCredentials(isTls: true, callCredentials);
    }

    private sealed class TransportCredentials(bool isTls, CallCredentials? callCredentials) : ChannelCredentials(isTls, callCredentials);
}
