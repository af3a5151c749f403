using Grpc.Core;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Answers Check calls that end without a decision, such as one above the maximum length, with a malformed frame, or with a long message
/// while too many are in memory: with a denial, which has an id, a log line and a usage row. <c>failure_mode_allow</c> would turn an error
/// of the gRPC stack into a pass.
/// </summary>
internal sealed class CheckCallGuard(CheckService checks, LongMessages messages)
{
    /// <summary>The endpoint with the guard around it.</summary>
    public RequestDelegate Around(RequestDelegate endpoint) =>
        http =>
            LongMessages.PeekLength(http.Request.BodyReader) is not { } length ? PeekAsync(http, endpoint)
            : messages.IsLong(length) ? ReadLongAsync(http, endpoint, length)
            : Call(http, endpoint);

    private async Task PeekAsync(HttpContext http, RequestDelegate endpoint)
    {
        long length;
        try
        {
            length = await LongMessages.PeekLengthAsync(http.Request.BodyReader, http.RequestAborted);
        }
        catch (Exception)
        {
            // The endpoint meets the same fault, and ends the call by it.
            length = 0;
        }

        await (messages.IsLong(length) ? ReadLongAsync(http, endpoint, length) : Call(http, endpoint));
    }

    private async Task ReadLongAsync(HttpContext http, RequestDelegate endpoint, long length)
    {
        if (!messages.TryEnter(length))
        {
            await DenyAsync(http, StatusCode.ResourceExhausted, "Too many long Check messages are in memory.");
            return;
        }

        try
        {
            await Call(http, endpoint);
        }
        finally
        {
            messages.Leave(length);
        }
    }

    private Task Call(HttpContext http, RequestDelegate endpoint)
    {
        var call = endpoint(http);
        return call.IsCompletedSuccessfully && http.Response.HasStarted ? call : AwaitAsync(http, call);
    }

    private async Task AwaitAsync(HttpContext http, Task call)
    {
        await call;

        // Another content type is not gRPC, and Envoy no longer waits for an aborted call.
        var response = http.Response;
        if (response.HasStarted || response.StatusCode != StatusCodes.Status200OK || http.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        // Without the stack's message, which can quote the call.
        await DenyAsync(http, CodeOf(response.Headers["grpc-status"].ToString()), "The Check call could not be read or answered.");
    }

    private async Task DenyAsync(HttpContext http, StatusCode status, string problem)
    {
        var answer = await checks.DenyUnreadAsync(new RpcException(new(status, problem)));
        http.Response.Headers.Clear();
        await CheckFrame.WriteAsync(http.Response, answer);
    }

    private static StatusCode CodeOf(string status) =>
        Enum.TryParse<StatusCode>(status, out var code) && Enum.IsDefined(code) ? code : StatusCode.Unknown;
}
