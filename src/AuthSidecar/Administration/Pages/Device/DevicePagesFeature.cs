using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Web;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>State of the pages under /device.</summary>
internal static class DevicePagesFeature
{
    /// <param name="services">Needs the device flow, the rate limiter and data protection.</param>
    public static IServiceCollection AddDevicePages(this IServiceCollection services)
    {
        services.TryAddSingleton<DeviceThrottle>();
        return services.AddSingleton<PendingDevice>().AddSingleton<DeviceResults>().AddSingleton<DeviceSignIns>();
    }
}
