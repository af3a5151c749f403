using System.Globalization;
using Grpc.Core;
using KestrelGrpc.Wire;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace KestrelGrpc.Server;

internal sealed partial class ServerCall
{
    private const string HandlerFailed = "Exception was thrown by handler.";
    private const int Http2Cancel = 8;
    private const long DrainLimit = 4 * 1024 * 1024;

    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);
    private static readonly string[] StatusTexts = [.. Enumerable.Range(0, 17).Select(code => code.ToString(CultureInfo.InvariantCulture))];

    private Task? _straggler;
    private object? _owned;
    private bool _hasBody;

    /// <summary>For a service made for this call.</summary>
    public void DisposeAtEnd(object owned) => _owned = owned;

    /// <summary>Waits for the handler, but not beyond the deadline. A handler that goes on is waited for after the answer is sent.</summary>
    /// <exception cref="RpcException">DEADLINE_EXCEEDED: the deadline came first.</exception>
    public async Task UntilDeadlineAsync(Task handler)
    {
        await Task.WhenAny(handler, RunningDeadline().Expired).ConfigureAwait(false);
        if (!handler.IsCompleted)
        {
            _straggler = handler;
            throw DeadlinePassed();
        }
    }

    public void ThrowIfPastDeadline()
    {
        if (IsPastDeadline)
        {
            throw DeadlinePassed();
        }
    }

    /// <summary>What a client is told of an exception.</summary>
    public Status StatusOf(Exception exception)
    {
        if (exception is RpcException rpc)
        {
            foreach (var trailer in rpc.Trailers)
            {
                ResponseTrailers.Add(trailer);
            }

            LogRefused(_settings.Logger, Method, rpc.StatusCode, rpc.Status.Detail, rpc.Status.DebugException);
            return new Status(rpc.StatusCode, rpc.Status.Detail);
        }

        if (exception is OperationCanceledException && (IsPastDeadline || Http.RequestAborted.IsCancellationRequested))
        {
            return IsPastDeadline ? DeadlinePassed().Status : Status.DefaultCancelled;
        }

        LogFailed(_settings.Logger, Method, exception);
        var detail = _settings.EnableDetailedErrors ? $"{HandlerFailed} {exception.GetType().Name}: {exception.Message}" : HandlerFailed;
        return new Status(StatusCode.Unknown, detail);
    }

    /// <summary>Answers with the status. Synchronous for a call that went well.</summary>
    public ValueTask EndAsync(Status status)
    {
        if (status.StatusCode == StatusCode.OK && _gate is null && _owned is null && _deadline is null)
        {
            _isClosed = true;
            WriteStatus(status);
            return default;
        }

        return EndSlowlyAsync(status);
    }

    private static RpcException DeadlinePassed() => new(new Status(StatusCode.DeadlineExceeded, "Deadline exceeded."));

    private async ValueTask EndSlowlyAsync(Status status)
    {
        await CloseAsync().ConfigureAwait(false);
        if (!_isClientGone && !Http.RequestAborted.IsCancellationRequested)
        {
            WriteStatus(status);
            if (!HasRequestEnded && status.StatusCode != StatusCode.OK)
            {
                await EndBeforeRequestAsync(status.StatusCode).ConfigureAwait(false);
            }
            else if (_straggler is not null)
            {
                await Http.Response.CompleteAsync().ConfigureAwait(false);
            }
        }

        await FinishHandlerAsync().ConfigureAwait(false);
        _deadline?.Dispose();
    }

    private async Task EndBeforeRequestAsync(StatusCode status)
    {
        await Http.Response.CompleteAsync().ConfigureAwait(false);
        if (status == StatusCode.DeadlineExceeded)
        {
            Http.Features.Get<IHttpResetFeature>()?.Reset(Http2Cancel);
        }
        else
        {
            await DrainAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reads on to END_STREAM, within limits, so that the stream ends without a RST_STREAM that could cost the client its answer.</summary>
    private async Task DrainAsync()
    {
        using var timeout = new CancellationTokenSource(DrainTime, _settings.Time);
        try
        {
            for (long drained = 0; drained < DrainLimit;)
            {
                var result = await Http.Request.BodyReader.ReadAsync(timeout.Token).ConfigureAwait(false);
                drained += result.Buffer.Length;
                Http.Request.BodyReader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            LogNotDrained(_settings.Logger, Method, exception);
        }
    }

    private async Task FinishHandlerAsync()
    {
        if (_straggler is not null)
        {
            try
            {
                await _straggler.ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                LogFailedLate(_settings.Logger, Method, exception);
            }
        }

        if (_owned is not null)
        {
            await Ownership.ReleaseAsync(_owned).ConfigureAwait(false);
        }
    }

    private void WriteStatus(Status status)
    {
        // Trailers-Only: with nothing sent yet, one HEADERS frame carries it all.
        var response = Http.Response;
        var fields = response.HasStarted || _hasBody
            ? Http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers
            : response.Headers;
        if (_trailers is not null)
        {
            try
            {
                ResponseHeaderWriter.Write(_trailers, fields);
            }
            catch (InvalidOperationException exception)
            {
                LogFailed(_settings.Logger, Method, exception);
                status = new Status(StatusCode.Unknown, HandlerFailed);
            }
        }

        var code = (int)status.StatusCode;
        fields.GrpcStatus = (uint)code < (uint)StatusTexts.Length ? StatusTexts[code] : code.ToString(CultureInfo.InvariantCulture);
        if (status.Detail.Length > 0)
        {
            fields.GrpcMessage = PercentEncoding.Encode(status.Detail);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Call to {Method} ends with {StatusCode}: {Detail}")]
    private static partial void LogRefused(ILogger logger, string method, StatusCode statusCode, string detail, Exception? exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The handler of {Method} failed.")]
    private static partial void LogFailed(ILogger logger, string method, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The handler of {Method} failed after its deadline.")]
    private static partial void LogFailedLate(ILogger logger, string method, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The rest of a request to {Method} did not come.")]
    private static partial void LogNotDrained(ILogger logger, string method, Exception exception);
}
