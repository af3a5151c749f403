using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace KestrelGrpc.Server;

/// <summary>Serves the calls of one method: from the HTTP request to the status.</summary>
internal abstract class CallHandler(string path, MethodSettings settings)
{
    protected MethodSettings Settings { get; } = settings;

    public async Task HandleAsync(HttpContext http)
    {
        if (!RequestRules.Accept(http))
        {
            return;
        }

        var call = new ServerCall(http, Settings);
        Status status;
        try
        {
            // Routing ignores case, trailing slashes, percent-encoding and queries; gRPC knows one spelling of a path.
            if (http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget == path)
            {
                await InvokeAsync(call).ConfigureAwait(false);
                status = call.Status;
            }
            else
            {
                status = Unimplemented;
            }
        }
        catch (Exception exception)
        {
            status = call.StatusOf(exception);
        }

        var end = call.EndAsync(status);
        if (!end.IsCompletedSuccessfully)
        {
            await end.ConfigureAwait(false);
        }
    }

    protected static Status Unimplemented { get; } = new(StatusCode.Unimplemented, "The method is not implemented.");

    protected abstract Task InvokeAsync(ServerCall call);
}
