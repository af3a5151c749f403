using Grpc.Core;
using Grpc.Net.Compression;
using KestrelGrpc.Compression;
using Microsoft.Extensions.Logging;

namespace Grpc.Net.Client;

/// <summary>How a channel connects and what its calls may do.</summary>
public sealed class GrpcChannelOptions
{
    internal const int DefaultMaxReceiveMessageSize = 4 * 1024 * 1024;

    /// <summary>Must agree with the address; taken from it when null.</summary>
    public ChannelCredentials? Credentials { get; set; }

    /// <summary>Largest message to send, in bytes; null for no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Largest message to receive, in bytes, on the wire and after decompression; null for no limit.</summary>
    public int? MaxReceiveMessageSize { get; set; } = DefaultMaxReceiveMessageSize;

    /// <summary>Known encodings; gzip and deflate when null.</summary>
    public IList<ICompressionProvider>? CompressionProviders { get; set; } = CompressionSet.CreateDefaultProviders();

    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Sends the calls. Exclusive with <see cref="HttpHandler"/>.</summary>
    public HttpClient? HttpClient { get; set; }

    /// <summary>Sends the calls; for example a <see cref="SocketsHttpHandler"/> whose ConnectCallback opens a unix socket.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Whether the channel disposes of the client or handler that it was given.</summary>
    public bool DisposeHttpClient { get; set; }

    /// <summary>Report cancellation and passed deadlines as <see cref="OperationCanceledException"/> rather than <see cref="RpcException"/>.</summary>
    public bool ThrowOperationCanceledOnCancellation { get; set; }

    /// <summary>Send call credentials in clear text too.</summary>
    public bool UnsafeUseInsecureChannelCallCredentials { get; set; }

    /// <summary>2.0 when null.</summary>
    public Version? HttpVersion { get; set; }

    /// <summary>Exactly the version when null.</summary>
    public HttpVersionPolicy? HttpVersionPolicy { get; set; }
}
