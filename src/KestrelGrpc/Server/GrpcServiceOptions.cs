using System.IO.Compression;
using Grpc.Net.Compression;
using KestrelGrpc.Compression;

namespace Grpc.AspNetCore.Server;

/// <summary>How services are served, for all of them or, as <see cref="GrpcServiceOptions{TService}"/>, for one.</summary>
public class GrpcServiceOptions
{
    internal const int DefaultMaxReceiveMessageSize = 4 * 1024 * 1024;

    /// <summary>Largest message to send, in bytes before compression; null for no limit.</summary>
    public int? MaxSendMessageSize
    {
        get;
        set
        {
            field = value;
            MaxSendMessageSizeSpecified = true;
        }
    }

    /// <summary>Whether <see cref="MaxSendMessageSize"/> was set, so that a null there means "no limit" rather than "as for all services".</summary>
    public bool MaxSendMessageSizeSpecified { get; set; }

    /// <summary>Largest message to receive, in bytes, on the wire and after decompression; null for no limit. 4 MiB when not set.</summary>
    public int? MaxReceiveMessageSize
    {
        get => MaxReceiveMessageSizeSpecified ? field : DefaultMaxReceiveMessageSize;
        set
        {
            field = value;
            MaxReceiveMessageSizeSpecified = true;
        }
    }

    /// <summary>Whether <see cref="MaxReceiveMessageSize"/> was set.</summary>
    public bool MaxReceiveMessageSizeSpecified { get; set; }

    /// <summary>Whether clients are told the text of exceptions. Off when not set.</summary>
    public bool? EnableDetailedErrors { get; set; }

    /// <summary>The encoding of responses, such as <c>gzip</c>, for clients that accept it; null for none.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }

    public CompressionLevel? ResponseCompressionLevel { get; set; }

    /// <summary>Known encodings: gzip and deflate unless changed.</summary>
    public IList<ICompressionProvider> CompressionProviders
    {
        get => ChosenCompressionProviders ??= CompressionSet.CreateDefaultProviders();
        set => ChosenCompressionProviders = value;
    }

    internal IList<ICompressionProvider>? ChosenCompressionProviders { get; private set; }

    /// <summary>When true, calls to services that are not mapped are left to the rest of the application instead of being answered UNIMPLEMENTED.</summary>
    public bool? IgnoreUnknownServices { get; set; }

    public InterceptorCollection Interceptors { get; } = [];
}

/// <summary>What is different for one service.</summary>
public class GrpcServiceOptions<TService> : GrpcServiceOptions
    where TService : class
{
}
