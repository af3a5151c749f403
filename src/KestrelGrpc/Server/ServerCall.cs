using Grpc.Core;
using KestrelGrpc.Compression;
using KestrelGrpc.Wire;
using Microsoft.AspNetCore.Http;

namespace KestrelGrpc.Server;

/// <summary>One call being served. What not every call needs is made when first asked for.</summary>
internal sealed partial class ServerCall : ServerCallContext
{
    private readonly MethodSettings _settings;
    private readonly TimeSpan? _timeout;
    private readonly long _started;
    private CallDeadline? _deadline;
    private Metadata? _requestHeaders;
    private Metadata? _trailers;
    private AuthContext? _authContext;
    private MessageCompressor? _compressor;

    public ServerCall(HttpContext http, MethodSettings settings)
    {
        Http = http;
        _settings = settings;
        http.Response.ContentType = GrpcContentType.Value;
        var timeout = http.Request.Headers.GrpcTimeout;
        if (timeout.Count > 0 && GrpcTimeout.TryParse(timeout[0], out var parsed))
        {
            _timeout = parsed;
            _started = settings.Time.GetTimestamp();
        }

        if (settings.ResponseCompressor is not null)
        {
            ChooseCompression(settings.ResponseCompressor);
        }
    }

    public HttpContext Http { get; }

    public bool HasDeadline => _timeout is not null;

    /// <summary>By the clock, whether or not a timer runs.</summary>
    public bool IsPastDeadline => _timeout is { } timeout && (_deadline is { IsExpired: true } || _settings.Time.GetElapsedTime(_started) >= timeout);

    protected override string MethodCore => Http.Request.Path.Value!;

    protected override string HostCore => Http.Request.Host.Value ?? "";

    protected override string PeerCore => PeerAddress.Of(Http.Connection);

    protected override DateTime DeadlineCore
    {
        get
        {
            if (_timeout is not { } timeout)
            {
                return DateTime.MaxValue;
            }

            // The largest timeout there is ends after the year 9999.
            var start = _settings.Time.GetUtcNow().UtcDateTime - _settings.Time.GetElapsedTime(_started);
            return timeout < DateTime.MaxValue - start ? start + timeout : DateTime.MaxValue;
        }
    }

    protected override Metadata RequestHeadersCore => _requestHeaders ??= RequestHeaderReader.Read(Http.Request.Headers);

    protected override CancellationToken CancellationTokenCore => HasDeadline ? RunningDeadline().Token : Http.RequestAborted;

    protected override Metadata ResponseTrailersCore => _trailers ??= [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => _authContext ??= PeerIdentity.Of(Http.Connection.ClientCertificate);

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options)
    {
        options ??= ContextPropagationOptions.Default;
        return new ServerPropagationToken(
            options.IsPropagateDeadline && HasDeadline ? DeadlineCore : null,
            options.IsPropagateCancellation ? CancellationTokenCore : CancellationToken.None);
    }

    /// <summary>The compressor for a message written with these options, or null.</summary>
    public MessageCompressor? CompressorFor(WriteOptions? options) => options is not null && options.Flags.HasFlag(WriteFlags.NoCompress) ? null : _compressor;

    /// <summary>Starts the timer; a call that ends at once never needs one.</summary>
    private CallDeadline RunningDeadline()
    {
        if (_deadline is { } running)
        {
            return running;
        }

        var made = new CallDeadline(_settings.Time, _timeout!.Value - _settings.Time.GetElapsedTime(_started), Http.RequestAborted);
        if (Interlocked.CompareExchange(ref _deadline, made, null) is { } other)
        {
            made.Dispose();
            return other;
        }

        return made;
    }

    private void ChooseCompression(MessageCompressor offered)
    {
        if (CompressionSet.IsAccepted(Http.Request.Headers.GrpcAcceptEncoding, offered.EncodingName))
        {
            _compressor = offered;
            Http.Response.Headers.GrpcEncoding = offered.EncodingName;
        }
    }
}
