using AuthSidecar.Decisions.Service;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>Decides on a handshake and its token with the steps of Check.</summary>
internal sealed class RelayAuthorizer(DecisionService decisions, LiveOptions<ClientAddressRule> addresses)
{
    private readonly DecisionService _decisions = decisions.With(RelayAccess.Require);

    public Task<RelayVerdict> DecideAsync(HttpContext http, string token)
    {
        var current = addresses.Current;
        var request = RelayRequest.Read(http, token, RelayRequest.AddressOf(http, current.Source, current.TrustsNetwork));
        return _decisions.DecideAsync(request, default(LongestDeadline), static (check, decision) => new RelayVerdict(check, decision));
    }
}
