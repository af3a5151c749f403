using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Devices;

/// <summary>Approves or denies a grant, once.</summary>
internal sealed class DecideGrant
{
    /// <returns>
    /// Refused with <c>expired_or_unknown</c>, <c>already_resolved</c>, <c>other_network</c>, <c>email_belongs_to_account</c> or
    /// <c>user_not_active</c>.
    /// </returns>
    public Task<Outcome<DeviceGrantView>> ApproveAsync(string userCode, Approver by, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <returns>Refused with <c>expired_or_unknown</c> or <c>already_resolved</c>.</returns>
    public Task<Outcome<DeviceGrantView>> DenyAsync(string userCode, Approver by, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
