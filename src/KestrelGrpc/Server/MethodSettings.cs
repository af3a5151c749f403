using System.IO.Compression;
using Grpc.AspNetCore.Server;
using KestrelGrpc.Compression;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace KestrelGrpc.Server;

/// <summary>The options of all services and of one, merged once.</summary>
internal sealed class MethodSettings
{
    private MethodSettings(IServiceProvider services, GrpcServiceOptions all, GrpcServiceOptions one)
    {
        Services = services;
        Time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        Logger = (services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("Grpc.AspNetCore.Server");
        MaxSendMessageSize = one.MaxSendMessageSizeSpecified ? one.MaxSendMessageSize : all.MaxSendMessageSize;
        MaxReceiveMessageSize = one.MaxReceiveMessageSizeSpecified ? one.MaxReceiveMessageSize : all.MaxReceiveMessageSize;
        EnableDetailedErrors = one.EnableDetailedErrors ?? all.EnableDetailedErrors ?? false;
        var providers = one.ChosenCompressionProviders ?? all.ChosenCompressionProviders;
        Compression = providers is null ? CompressionSet.Default : new CompressionSet(providers);
        ResponseCompressor = Compressor(
            one.ResponseCompressionAlgorithm ?? all.ResponseCompressionAlgorithm,
            one.ResponseCompressionLevel ?? all.ResponseCompressionLevel);
        Interceptors = [.. all.Interceptors.Concat(one.Interceptors).Select(registration => new InterceptorFactory(registration, services))];
    }

    /// <summary>The application's, not a call's.</summary>
    public IServiceProvider Services { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    public int? MaxSendMessageSize { get; }

    public int? MaxReceiveMessageSize { get; }

    public bool EnableDetailedErrors { get; }

    public CompressionSet Compression { get; }

    public MessageCompressor? ResponseCompressor { get; }

    public InterceptorFactory[] Interceptors { get; }

    public static MethodSettings For<TService>(IServiceProvider services)
        where TService : class =>
        new(
            services,
            services.GetRequiredService<IOptions<GrpcServiceOptions>>().Value,
            services.GetRequiredService<IOptions<GrpcServiceOptions<TService>>>().Value);

    private MessageCompressor? Compressor(string? algorithm, CompressionLevel? level)
    {
        if (algorithm is null or CompressionSet.Identity)
        {
            return null;
        }

        var provider = Compression.Find(algorithm)
            ?? throw new InvalidOperationException($"The response compression algorithm \"{algorithm}\" has no compression provider.");
        return new MessageCompressor(provider, level);
    }
}
