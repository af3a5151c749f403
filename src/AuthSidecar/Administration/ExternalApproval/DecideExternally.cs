using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.ExternalApproval;

/// <summary>Approves or denies a device as an external identity, by the proof of its browser.</summary>
internal sealed class DecideExternally(FindPendingGrant pending, CheckApprover check, DecideGrant decide)
{
    /// <param name="grant">The proof.</param>
    /// <param name="userCode">The code to decide on, as typed.</param>
    /// <param name="isApproved">False: denied.</param>
    /// <param name="address">Client address of the browser; null: unknown.</param>
    /// <param name="cancellationToken">Cancels the decision.</param>
    /// <returns>
    /// Refused, in this order, with <c>user_code_mismatch</c>, <c>expired_or_unknown</c> or <c>user_code_not_pending</c>,
    /// <c>email_belongs_to_account</c>, <c>session_already_consumed</c>; also with <c>other_network</c>. A refusal leaves the proof unused.
    /// </returns>
    public async Task<Outcome<DeviceGrantView>> RunAsync(
        ApprovalGrant grant,
        string userCode,
        bool isApproved,
        string? address,
        CancellationToken cancellationToken
    )
    {
        if (UserCode.Read(userCode) != grant.UserCode)
        {
            return new Refusal(RefusalKind.Invalid, "user_code_mismatch", "The sign-in was for the code of another device.");
        }

        var by = grant.ToApprover(address);
        var refused = (await pending.RunAsync(grant.UserCode, cancellationToken)).Refusal ?? await check.RunAsync(by, cancellationToken);
        if (refused is not null)
        {
            return refused;
        }

        using var _ = Actor.Use(ApprovalGrant.ActorOf(grant.Identity, grant.Email, address));
        var outcome = isApproved
            ? await decide.ApproveAsync(grant.UserCode, by, cancellationToken)
            : await decide.DenyAsync(grant.UserCode, by, cancellationToken);

        // Another decision came at the same time.
        return outcome.Refusal?.Code == "already_resolved" ? FindPendingGrant.NotPending() : outcome;
    }
}
