using Grpc.Core;
using KestrelGrpc.Client;

namespace Grpc.Net.Client;

/// <summary>Calls to one address, over HTTP/2 connections that are opened when needed.</summary>
public sealed class GrpcChannel : ChannelBase, IDisposable
{
    private readonly Transport _transport;

    private GrpcChannel(Uri address, Transport transport)
        : base(address.Authority)
    {
        _transport = transport;
    }

    /// <param name="address"><c>http://host:port</c> for HTTP/2 in clear text, <c>https://host:port</c> for TLS.</param>
    public static GrpcChannel ForAddress(string address) => ForAddress(address, new GrpcChannelOptions());

    /// <inheritdoc cref="ForAddress(string)"/>
    public static GrpcChannel ForAddress(string address, GrpcChannelOptions channelOptions) => ForAddress(new Uri(address), channelOptions);

    /// <inheritdoc cref="ForAddress(string)"/>
    public static GrpcChannel ForAddress(Uri address) => ForAddress(address, new GrpcChannelOptions());

    /// <inheritdoc cref="ForAddress(string)"/>
    /// <exception cref="ArgumentException">Both a client and a handler are given, or the address is not absolute http or https.</exception>
    /// <exception cref="InvalidOperationException">The credentials do not agree with the address.</exception>
    public static GrpcChannel ForAddress(Uri address, GrpcChannelOptions channelOptions)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(channelOptions);
        return new GrpcChannel(address, Transport.Create(address, channelOptions));
    }

    public override CallInvoker CreateCallInvoker()
    {
        ObjectDisposedException.ThrowIf(_transport.Disposed.IsCancellationRequested, this);
        return new TransportCallInvoker(_transport);
    }

    /// <summary>Cancels what is still going on and closes the connections that the channel opened itself.</summary>
    public void Dispose() => _transport.Dispose();
}
