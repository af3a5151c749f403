using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>What a device asks for, and the form that decides on it.</summary>
/// <param name="Grant">The request.</param>
/// <param name="Code">As the device shows it.</param>
/// <param name="Form">Names the request in the form.</param>
/// <param name="Action">Path that the form is sent to.</param>
internal sealed record DeviceRequest(DeviceGrantView Grant, string Code, string Form, string Action)
{
    /// <summary>Rights of the token, a sentence each.</summary>
    public required IEnumerable<string> Rights { get; init; }

    /// <summary>The person who decides.</summary>
    public required string Who { get; init; }

    public required TimeSpan Lifetime { get; init; }

    /// <summary>Consequence of the device and the browser in different networks; null: they are in one, or it has none.</summary>
    public required SameNetwork? OtherNetwork { get; init; }

    public static SameNetwork? OtherNetworkOf(DeviceGrantView grant, HttpContext http, DeviceOptions options) =>
        options.SameNetwork == SameNetwork.Off || ClientNetwork.AreSame(grant.Address, http.ClientAddress()) ? null : options.SameNetwork;
}
