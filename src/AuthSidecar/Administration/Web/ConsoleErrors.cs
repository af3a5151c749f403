using System.Data.Common;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace AuthSidecar.Administration.Web;

/// <summary>Answers of requests that end without one: an exception, or a bare status. Details are logged only.</summary>
internal sealed partial class ConsoleErrors(RequestDelegate next, ILogger<ConsoleErrors> logger)
{
    private const string LastResort = """
        <!doctype html><html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark"><title>AuthSidecar</title>
        </head>
        <body><main><h1>The console does not answer right now</h1>
        <p>Nothing was changed. Try again in a few seconds.</p></main></body></html>
        """;

    public async Task InvokeAsync(HttpContext http)
    {
        http.Response.OnStarting(NoStoreAsync, http.Response);
        try
        {
            await next(http);
            if (!http.Response.HasStarted && IsBare(http) && OfStatus(http.Response.StatusCode) is { } denial)
            {
                await http.RefuseAsync(denial);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception fault)
            when (!http.Response.HasStarted
                && (Refusals.IsPage(http.Request) || OAuthErrors.IsOAuth(http.Request) || IsKnown(fault) || IsUnreadable(fault, http))
            )
        {
            var denial = OfFault(fault, http);
            http.Response.Clear();
            await http.RefuseAsync(denial);
        }

        if (http.Features.Get<PageInstead>() is { } page && !http.Response.HasStarted)
        {
            await AnswerAsync(http, page);
        }
    }

    private async Task AnswerAsync(HttpContext http, PageInstead page)
    {
        var retryAfter = http.Response.Headers.RetryAfter;
        try
        {
            Rewrite(http, page);
            await next(http);
        }
        catch (Exception fault) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            LogFault(fault, http.Request.Path);
            http.Response.Clear();
            http.Response.Headers.RetryAfter = retryAfter;
            http.Response.StatusCode = page.Status;
            http.Response.ContentType = "text/html; charset=utf-8";
            await http.Response.WriteAsync(LastResort);
        }
    }

    private static void Rewrite(HttpContext http, PageInstead page)
    {
        var request = http.Request;
        var wanted = HttpMethods.IsGet(request.Method) ? $"{request.Path}{request.QueryString}" : "";
        http.SetEndpoint(null);
        request.RouteValues.Clear();
        request.Method = HttpMethods.IsHead(request.Method) ? HttpMethods.Head : HttpMethods.Get;
        request.Path = page.Path;
        request.QueryString = new(ReturnPath.Query(wanted));

        // The page has no form of its own yet.
        request.ContentType = null;
        http.Features.Set<IFormFeature>(new FormFeature(FormCollection.Empty));
        http.Response.StatusCode = page.Status;
    }

    // Other faults of the REST API are those of its own middleware.
    private static bool IsKnown(Exception fault) => fault is BadHttpRequestException || IsOutage(fault);

    // The form's own reader names no character set or part that it cannot read.
    private static bool IsUnreadable(Exception fault, HttpContext http) =>
        fault is InvalidDataException or IOException or NotSupportedException
        && http.Request.HasFormContentType
        && http.Features.Get<IFormFeature>() is { Form: null };

    private static bool IsOutage(Exception fault) =>
        fault
            is StoreUnavailableException
                or DbException
                or DbUpdateException
                or RetryLimitExceededException
                or InvalidOperationException { InnerException: DbException or StoreUnavailableException };

    private Denial OfFault(Exception fault, HttpContext http)
    {
        if (fault is BadHttpRequestException { StatusCode: var status })
        {
            return OfStatus(status) ?? Invalid;
        }

        if (IsUnreadable(fault, http))
        {
            return Invalid;
        }

        if (IsOutage(fault))
        {
            LogStoreUnavailable(fault, http.Request.Path);
            return Denials.StoreUnavailable with { Message = "The store does not answer right now; nothing was changed." };
        }

        LogFault(fault, http.Request.Path);
        return new("internal_error", StatusCodes.Status500InternalServerError, "The request failed; the log of the sidecar says why.");
    }

    private static Denial Invalid => new("invalid_argument", StatusCodes.Status400BadRequest, "The request cannot be read.");

    private static bool IsBare(HttpContext http) =>
        http.Response is { StatusCode: >= 400, ContentType: null }
        && http.Response.ContentLength is null or 0
        && http.Features.Get<PageInstead>() is null;

    private static Denial? OfStatus(int status) =>
        status switch
        {
            400 => Invalid,
            404 => new("not_found", status, "There is no such thing here."),
            405 => new("method_not_allowed", status, "The method may not be used here."),
            406 => new("not_acceptable", status, "The answer has no form that the request accepts."),
            413 => new("content_too_large", status, "The request is larger than 64 KiB."),
            415 => new("unsupported_media_type", status, "The content type is not accepted here."),
            408 => new("request_timeout", status, "The request took too long."),
            _ => null,
        };

    // Endpoints of public content set another value.
    private static Task NoStoreAsync(object state)
    {
        var headers = ((HttpResponse)state).Headers;
        if (headers.CacheControl.Count == 0)
        {
            headers.CacheControl = "no-store";
        }

        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Store unavailable; request {Path} refused with 503.")]
    private partial void LogStoreUnavailable(Exception exception, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {Path} failed.")]
    private partial void LogFault(Exception exception, string path);
}
