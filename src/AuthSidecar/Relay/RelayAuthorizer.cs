using AuthSidecar.Configuration;
using AuthSidecar.ExtAuthz;

namespace AuthSidecar.Relay;

/// <summary>Decides on a handshake and its token with the steps of Check.</summary>
internal sealed class RelayAuthorizer(Decider decider, SettingsMonitor settings)
{
    private readonly RelayEdge _edge = new();

    public async Task<RelayVerdict> DecideAsync(HttpContext http, string token)
    {
        var current = settings.Current.Settings;
        var request = RelayRequest.Read(http, token, RelayRequest.AddressOf(http, current.Limits.ClientAddress, current.Listen.TrustNetwork));
        var inquiry = decider.Begin(request);
        return inquiry.Pending.IsCompletedSuccessfully
            ? decider.Conclude(inquiry, _edge)
            : await decider.AwaitAsync(inquiry, Decider.Longest, _edge, CancellationToken.None);
    }
}
