using System.Globalization;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>A page of the device flow (RFC 8628).</summary>
internal abstract class DevicePage : ConsolePage
{
    /// <summary>Stands instead of the page's own content; null: nothing hinders.</summary>
    public DeviceMessage? Message { get; private set; }

    /// <summary>The account of the session.</summary>
    protected string Person => HttpContext.Caller().UserId ?? throw new InvalidOperationException("A session belongs to a person.");

    protected PageResult Say(DeviceMessage message, TimeSpan? wait = null)
    {
        Message = message;
        Response.StatusCode = message.Status;
        if (wait is { } time)
        {
            Response.Headers.RetryAfter = Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return Page();
    }

    protected PageResult SayThrottled(TimeSpan wait) => Say(DeviceMessage.Throttled(wait), wait);
}
