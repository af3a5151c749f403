using Grpc.Core;
using Grpc.Net.Client;
using KestrelGrpc.Compression;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KestrelGrpc.Client;

/// <summary>A channel's address, HTTP client and settings.</summary>
internal sealed partial class Transport : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly bool _ownsHttp;
    private readonly CancellationTokenSource _disposed = new();

    private Transport(Uri address, GrpcChannelOptions options, HttpMessageInvoker http, bool ownsHttp)
    {
        _http = http;
        _ownsHttp = ownsHttp;
        Address = address;
        Options = options;
        Compression = options.CompressionProviders is null ? CompressionSet.Default : new CompressionSet(options.CompressionProviders);
        Logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Grpc.Net.Client");
        Disposed = _disposed.Token;
    }

    public Uri Address { get; }

    public GrpcChannelOptions Options { get; }

    public CompressionSet Compression { get; }

    public ILogger Logger { get; }

    /// <summary>Cancelled with the channel.</summary>
    public CancellationToken Disposed { get; }

    private bool IsTls => Address.Scheme == Uri.UriSchemeHttps;

    public static Transport Create(Uri address, GrpcChannelOptions options)
    {
        if (!address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
        {
            throw new ArgumentException($"The address {address} is not an absolute http or https address.", nameof(address));
        }

        if (options.HttpClient is not null && options.HttpHandler is not null)
        {
            throw new ArgumentException("Give an HttpClient or an HttpHandler, not both.", nameof(options));
        }

        if (options.Credentials is { } credentials && credentials.IsTls != (address.Scheme == Uri.UriSchemeHttps))
        {
            throw new InvalidOperationException($"The credentials do not agree with the scheme of the address {address}.");
        }

        if (options.HttpClient is not null)
        {
            return new Transport(address, options, options.HttpClient, options.DisposeHttpClient);
        }

        if (options.HttpHandler is not null)
        {
            return new Transport(address, options, new HttpMessageInvoker(options.HttpHandler, options.DisposeHttpClient), ownsHttp: true);
        }

        var handler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, AllowAutoRedirect = false, UseCookies = false };
        return new Transport(address, options, new HttpMessageInvoker(handler), ownsHttp: true);
    }

    /// <summary>Returns when the response's headers have come.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _http is HttpClient client
            ? client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            : _http.SendAsync(request, cancellationToken);

    /// <summary>Adds what the channel's and the call's credentials add.</summary>
    public async Task AuthenticateAsync(IMethod method, CallOptions call, Metadata headers, CancellationToken cancellationToken)
    {
        if (Options.Credentials?.CallCredentials is null && call.Credentials is null)
        {
            return;
        }

        if (!IsTls && !Options.UnsafeUseInsecureChannelCallCredentials)
        {
            LogNoCredentials(Logger, method.FullName);
            return;
        }

        var context = new AuthInterceptorContext($"{Address.Scheme}://{Address.Authority}/{method.ServiceName}", method.Name, cancellationToken);
        if (Options.Credentials?.CallCredentials is { } ofChannel)
        {
            await ofChannel.ApplyAsync(context, headers).ConfigureAwait(false);
        }

        if (call.Credentials is { } ofCall)
        {
            await ofCall.ApplyAsync(context, headers).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        if (_disposed.IsCancellationRequested)
        {
            return;
        }

        _disposed.Cancel();
        if (_ownsHttp)
        {
            _http.Dispose();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The call to {Method} goes without its credentials: the channel is not secure.")]
    private static partial void LogNoCredentials(ILogger logger, string method);
}
