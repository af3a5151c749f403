using System.Data.Common;
using System.Globalization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Rest;

/// <summary>
/// Writes failures of the REST API as problem details: refusals, statuses without a body (404, 405), outages of the store and faults.
/// Forbids the caching of every answer.
/// </summary>
internal sealed partial class RestErrors(RequestDelegate next, ILogger<RestErrors> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (!IsRest(http.Request.Path))
        {
            await next(http);
            return;
        }

        SetHeaders(http.Response);
        IResult? problem;
        try
        {
            await next(http);
            problem = OfStatus(http.Response);
        }
        catch (Exception fault) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            http.Response.Clear();
            SetHeaders(http.Response);
            problem = OfFault(fault, http.Response);
        }

        if (problem is not null)
        {
            await problem.ExecuteAsync(http);
        }
    }

    private static bool IsRest(PathString path) => path.StartsWithSegments("/api") || path.StartsWithSegments("/auth");

    private static void SetHeaders(HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
    }

    private static IResult? OfStatus(HttpResponse response)
    {
        if (response.HasStarted || response.StatusCode < StatusCodes.Status400BadRequest || response.ContentType is not null)
        {
            return null;
        }

        return response.StatusCode switch
        {
            StatusCodes.Status401Unauthorized => Problem.Of(401, "unauthorized", "Log in, or send a key."),
            StatusCodes.Status403Forbidden => Problem.Of(403, "forbidden", "The caller may not do this."),
            StatusCodes.Status404NotFound => Problem.Of(404, "not_found", "There is no such path."),
            StatusCodes.Status405MethodNotAllowed => Problem.Of(405, "method_not_allowed", $"Allowed: {response.Headers.Allow}."),
            StatusCodes.Status415UnsupportedMediaType => Problem.Of(415, "unsupported_media_type", "The body must be application/json."),
            var status => Problem.Of(status, "error", $"{ReasonPhrases.GetReasonPhrase(status)}."),
        };
    }

    private IResult OfFault(Exception fault, HttpResponse response)
    {
        switch (fault)
        {
            case RestException refusal:
                if (refusal.RetryAfter is { } wait)
                {
                    response.Headers.RetryAfter = ((long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
                }

                return refusal.Problem;
            case BadHttpRequestException { StatusCode: var status }:
                return Problem.Of(status, "invalid_request", "The request could not be read.");
            case StoreUnavailableException or DbException or DbUpdateException or InvalidOperationException { InnerException: DbException }:
                LogStoreUnavailable(fault);
                return Problem.Of(Denials.StoreUnavailable, response);
            default:
                LogFault(fault);
                return Problem.Of(500, "internal_error", "The request failed; the log of the sidecar has the reason.");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Store unavailable; REST request refused with 503.")]
    private partial void LogStoreUnavailable(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "REST request failed with 500.")]
    private partial void LogFault(Exception exception);
}
