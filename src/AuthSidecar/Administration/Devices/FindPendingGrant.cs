using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Devices;

/// <summary>Finds a grant that waits for a decision.</summary>
internal sealed class FindPendingGrant(FindGrant find)
{
    public const string NotPendingCode = "user_code_not_pending";

    /// <param name="userCode">As typed.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>Refused with <c>expired_or_unknown</c> or <c>user_code_not_pending</c>.</returns>
    public async Task<Outcome<DeviceGrantView>> RunAsync(string userCode, CancellationToken cancellationToken) =>
        await find.RunAsync(userCode, cancellationToken) switch
        {
            null or { Status: GrantStatus.Expired } => new Refusal(
                RefusalKind.NotFound,
                "expired_or_unknown",
                "This code is unknown or has expired; start again on the device."
            ),
            { Status: GrantStatus.Pending } pending => pending,
            _ => NotPending(),
        };

    public static Refusal NotPending() => Refusal.Conflict(NotPendingCode, "This request was approved or denied already.");
}
