using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages;

/// <summary>303: the answer to a form that succeeded. The browser continues with GET, so a reload sends nothing again.</summary>
/// <param name="path">A path of the console.</param>
internal sealed class SeeOther(string path) : ActionResult
{
    public override void ExecuteResult(ActionContext context)
    {
        var response = context.HttpContext.Response;
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.Location = path;
    }
}
