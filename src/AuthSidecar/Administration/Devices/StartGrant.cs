using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Devices;

/// <summary>Starts a grant for a device.</summary>
internal sealed class StartGrant
{
    /// <returns>
    /// Refused with <c>device_flow_off</c>, <c>unsupported_client</c>, <c>invalid_argument</c> (label), <c>invalid_scope</c>,
    /// <c>too_many_grants</c> or <c>user_code_exhausted</c>.
    /// </returns>
    public Task<Outcome<StartedGrant>> RunAsync(NewGrant wanted, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
