using AuthSidecar.Access.Authentication;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.OAuth;

/// <summary>Refuses the device flow while it, or the use of tokens at all, is switched off.</summary>
internal sealed class DeviceSwitch(LiveOptions<DeviceOptions> devices, LiveOptions<AuthOptions> auth) : IEndpointFilter
{
    private static readonly TimeSpan _wait = TimeSpan.FromMinutes(1);

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (!auth.Current.Enabled)
        {
            throw Off(Denials.BearerAuthDisabled.Reason, Denials.BearerAuthDisabled.Message);
        }

        return devices.Current.Enabled ? next(context) : throw Off("device_flow_off", "The device flow is switched off.");
    }

    private static OAuthException Off(string error, string description) =>
        new(StatusCodes.Status503ServiceUnavailable, error, description) { RetryAfter = _wait };
}
