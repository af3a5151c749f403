using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.WebUtilities;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace AuthSidecar.Administration.Web;

/// <summary>Limits the size of a request's body, and the time in which it must arrive. The server itself sets no such time.</summary>
internal sealed class BodyLimits(RequestDelegate next, TimeProvider time)
{
    private const int MostBytes = 64 * 1024;
    private static readonly MinDataRate _slowest = new(240, TimeSpan.FromSeconds(5));
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    public async Task InvokeAsync(HttpContext http)
    {
        if (!http.IsAnsweredByPage())
        {
            await LimitAsync(http);
        }

        await next(http);
    }

    /// <exception cref="BadHttpRequestException">Too large, or too slow.</exception>
    private Task LimitAsync(HttpContext http)
    {
        if (http.Request.ContentLength > MostBytes)
        {
            throw new BadHttpRequestException("Too large.", StatusCodes.Status413PayloadTooLarge);
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MostBytes;
        }

        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            {
                rate.MinDataRate = _slowest;
            }

            return Task.CompletedTask;
        }

        return http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true ? ReadAheadAsync(http) : Task.CompletedTask;
    }

    // Over HTTP/2 the server has no rate of a single request.
    private async Task ReadAheadAsync(HttpContext http)
    {
        using var deadline = new CancellationTokenSource(_longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, http.RequestAborted);
        http.Request.EnableBuffering(MostBytes);
        try
        {
            await http.Request.Body.DrainAsync(either.Token);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            throw new BadHttpRequestException("Too slow.", StatusCodes.Status408RequestTimeout);
        }

        http.Request.Body.Position = 0;
    }
}
