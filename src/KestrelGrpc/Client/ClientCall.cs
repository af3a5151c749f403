using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;
using KestrelGrpc.Compression;
using KestrelGrpc.Framing;
using KestrelGrpc.Wire;

namespace KestrelGrpc.Client;

/// <summary>One call being made. It ends once, with the first of: the server's status, an error, cancellation, the deadline.</summary>
internal sealed partial class ClientCall<TRequest, TResponse> : IDisposable
    where TRequest : class
    where TResponse : class
{
    private readonly Transport _transport;
    private readonly Method<TRequest, TResponse> _method;
    private readonly string? _host;
    private readonly CallOptions _options;
    private readonly DateTime? _deadline;
    private readonly CallDeadline _lifetime;
    private readonly MessageCompressor? _compressor;
    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private CancellationTokenRegistration _cancelled;
    private Task<PipeReader?> _body = null!;
    private StreamingContent? _requests;
    private HttpResponseMessage? _response;
    private CallOutcome? _outcome;

    public ClientCall(Transport transport, Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        _transport = transport;
        _method = method;
        _host = host;
        _options = options;
        _compressor = RequestEncoding.Choose(options.Headers, transport.Compression);
        var inherited = options.PropagationToken as ServerPropagationToken;
        _deadline = Earlier(options.Deadline?.ToUniversalTime(), inherited?.Deadline);
        _lifetime = new CallDeadline(
            TimeProvider.System,
            _deadline - TimeProvider.System.GetUtcNow().UtcDateTime,
            options.CancellationToken,
            inherited?.Cancellation ?? CancellationToken.None,
            transport.Disposed);
    }

    /// <summary>The initial metadata.</summary>
    public Task<Metadata> ResponseHeaders => _headers.Task;

    public void Start(TRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var framed = new ArrayBufferWriter<byte>();
        try
        {
            Serialize(framed, request, _options.WriteOptions);
        }
        catch (RpcException exception)
        {
            End(new CallOutcome(exception.Status, Metadata.Empty));
        }

        Begin(new MessageContent(framed.WrittenMemory));
    }

    public ClientStreamWriter<TRequest, TResponse> StartStreaming()
    {
        _requests = new StreamingContent();
        Begin(_requests);
        return new ClientStreamWriter<TRequest, TResponse>(this, _requests, _options.WriteOptions);
    }

    public void Serialize(IBufferWriter<byte> destination, TRequest message, WriteOptions? options)
    {
        var compressor = options is not null && options.Flags.HasFlag(WriteFlags.NoCompress) ? null : _compressor;
        PayloadWriter.Write(destination, message, _method.RequestMarshaller.ContextualSerializer, _transport.Options.MaxSendMessageSize, compressor);
    }

    public Status GetStatus() => Ended().Status;

    public Metadata GetTrailers() => Ended().Trailers;

    public void ThrowIfEnded()
    {
        if (_outcome is { } outcome)
        {
            throw outcome.IsOk ? new InvalidOperationException("Can't write the message because the call is complete.") : ToException(outcome);
        }
    }

    public void Cancel() => End(new CallOutcome(new Status(StatusCode.Cancelled, "Call canceled by the client."), Metadata.Empty));

    public void Dispose() => End(new CallOutcome(new Status(StatusCode.Cancelled, "gRPC call disposed."), Metadata.Empty));

    /// <summary>Ends the call because of the exception, unless it has ended, and says how it ended.</summary>
    public Exception Fail(Exception exception)
    {
        End(new CallOutcome(ClientErrors.StatusOf(exception, _lifetime.IsExpired, _lifetime.Token.IsCancellationRequested), Metadata.Empty));
        return _outcome!.IsOk ? exception : ToException(_outcome);
    }

    private static DateTime? Earlier(DateTime? one, DateTime? other)
    {
        var earlier = one < other || other is null ? one : other;
        return earlier == DateTime.MaxValue ? null : earlier;
    }

    private void Begin(HttpContent content)
    {
        _cancelled = _lifetime.Token.UnsafeRegister(static call => ((ClientCall<TRequest, TResponse>)call!).OnCancelled(), this);
        _body = SendAsync(content);
    }

    private void OnCancelled() => Fail(new OperationCanceledException());

    private CallOutcome Ended() => _outcome ?? throw new InvalidOperationException("The call has not ended yet.");

    private Exception ToException(CallOutcome outcome) =>
        outcome.ToException(_transport.Options.ThrowOperationCanceledOnCancellation, _options.CancellationToken);

    private void End(CallOutcome outcome)
    {
        lock (_lock)
        {
            if (_outcome is not null)
            {
                return;
            }

            _outcome = outcome;
        }

        if (_headers.TrySetException(ToException(outcome)))
        {
            // Whoever does not ask for the headers need not observe that there are none.
            _ = _headers.Task.Exception;
        }

        _requests?.Abandon();
        _cancelled.Unregister();

        // Before the response has ended this resets the stream, which is how the server learns of it.
        _lifetime.Cancel();
        _response?.Dispose();
        _lifetime.Dispose();
    }
}
