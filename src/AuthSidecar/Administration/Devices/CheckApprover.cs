using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Devices;

/// <summary>Checks before a decision that a person may make one; the approval checks again.</summary>
internal sealed class CheckApprover(Store store)
{
    /// <returns>Null, <c>email_belongs_to_account</c> or <c>user_not_active</c>.</returns>
    public async Task<Refusal?> RunAsync(Approver by, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        return await DeviceKeys.RefuseAsync(context, by, cancellationToken);
    }
}
