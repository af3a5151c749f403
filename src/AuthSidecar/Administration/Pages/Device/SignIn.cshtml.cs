using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>Asks in which way a person signs in, where there are several.</summary>
[AllowAnonymous]
internal sealed class SignInModel(PendingDevice pending, DeviceSignIns signIns) : DevicePage
{
    public IReadOnlyList<DeviceSignIn> Ways { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync()
    {
        if (pending.Find(HttpContext) is null)
        {
            return new SeeOther(DeviceMessage.Start);
        }

        if (await HttpContext.SessionAsync() is not null)
        {
            return new SeeOther(DeviceSignIns.Approve);
        }

        Ways = signIns.All;
        return Ways is [var only] ? new SeeOther(only.Href) : Page();
    }
}
