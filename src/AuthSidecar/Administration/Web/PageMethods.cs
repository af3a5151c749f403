using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace AuthSidecar.Administration.Web;

/// <summary>Refuses methods for which a page has no handler; the framework would render the page without its data.</summary>
internal sealed class PageMethods : IPageFilter
{
    private static readonly string[] _always = ["GET", "HEAD", "OPTIONS"];

    public void OnPageHandlerSelected(PageHandlerSelectedContext context) { }

    public void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        var method = context.HttpContext.Request.Method;

        // A page without data has no handler of GET.
        if (context.HandlerMethod is not null || HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
        {
            return;
        }

        var handled = context.ActionDescriptor.HandlerMethods.Select(handler => handler.HttpMethod.ToUpperInvariant());
        context.HttpContext.Response.Headers.Allow = string.Join(", ", _always.Union(handled));
        context.Result = new StatusCodeResult(
            HttpMethods.IsOptions(method) ? StatusCodes.Status204NoContent : StatusCodes.Status405MethodNotAllowed
        );
    }

    public void OnPageHandlerExecuted(PageHandlerExecutedContext context) { }
}
