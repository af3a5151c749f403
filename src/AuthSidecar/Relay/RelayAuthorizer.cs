using AuthSidecar.Configuration;
using AuthSidecar.ExtAuthz;

namespace AuthSidecar.Relay;

/// <summary>Decides on a handshake and its token with the steps of Check.</summary>
internal sealed class RelayAuthorizer(DecisionService decisions, SettingsMonitor settings)
{
    private readonly DecisionService _decisions = decisions.With(RelayAccess.Require);

    public Task<RelayVerdict> DecideAsync(HttpContext http, string token)
    {
        var current = settings.Current.Settings;
        var request = RelayRequest.Read(http, token, RelayRequest.AddressOf(http, current.Limits.ClientAddress, current.Listen.TrustNetwork));
        return _decisions.DecideAsync(request, default(LongestDeadline), static (check, decision) => new RelayVerdict(check, decision));
    }
}
