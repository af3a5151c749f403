using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages;

/// <summary>303 from a page: the browser gets the other page, and a reload repeats no form.</summary>
internal sealed class SeeOtherPageResult(string path) : ActionResult
{
    public override void ExecuteResult(ActionContext context)
    {
        context.HttpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.HttpContext.Response.Headers.Location = path;
    }
}
