using Grpc.Core;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Answers Check calls that the gRPC stack ends without a message, such as one above the maximum length or with a malformed frame: with a
/// denial, which has an id, a log line and a usage row. <c>failure_mode_allow</c> would turn the stack's error into a pass.
/// </summary>
internal sealed class CheckCallGuard(CheckService checks)
{
    /// <summary>The endpoint with the guard around it.</summary>
    public RequestDelegate Around(RequestDelegate endpoint) =>
        http =>
        {
            var call = endpoint(http);
            return call.IsCompletedSuccessfully && http.Response.HasStarted ? call : AwaitAsync(http, call);
        };

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
        var status = response.Headers["grpc-status"].ToString();
        var answer = await checks.DenyUnreadAsync(new RpcException(new(CodeOf(status), "The Check call could not be read or answered.")));
        response.Headers.Clear();
        await CheckFrame.WriteAsync(response, answer);
    }

    private static StatusCode CodeOf(string status) =>
        Enum.TryParse<StatusCode>(status, out var code) && Enum.IsDefined(code) ? code : StatusCode.Unknown;
}
