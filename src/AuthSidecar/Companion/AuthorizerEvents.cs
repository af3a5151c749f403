using AuthSidecar.Pipeline;
using AuthSidecar.Storage;
using AuthSidecar.Usage;

namespace AuthSidecar.Companion;

/// <summary>A row of usage for each call of <c>IsAuthorized</c>, or one for many that are refused without an identity; what the service then does for the caller is for it to record.</summary>
internal sealed class AuthorizerEvents(UsageQueue queue, TimeProvider time, RefusalCounts? refusals = null)
{
    public const string Path = "/authsidecar.v1.Authorizer/IsAuthorized";

    public void TellAllowed(Identity identity) => Tell(identity, "allow", null);

    /// <param name="identity">Null: nobody is known to have called.</param>
    /// <param name="reason">Of the error that the caller got.</param>
    public void TellRefused(Identity? identity, string reason) => Tell(identity, "deny", reason);

    private void Tell(Identity? identity, string decision, string? reason)
    {
        if (identity is null && refusals?.TryTakeRow() == false)
        {
            refusals.Add(new(null, null, decision, reason, null));
            return;
        }

        var now = Instant.Now(time);
        queue.Offer(new()
        {
            DecisionId = Guid.CreateVersion7(now).ToString("N"),
            Time = now,
            KeyId = identity is { KeyId.Length: > 0 } ? identity.KeyId : null,
            KeyLine = identity?.LineId,
            UserId = identity?.Person,
            Tenant = identity?.Tenant,
            Decision = decision,
            Reason = reason,
            Path = Path,
            Facts = UsageFacts.Recorded | UsageFacts.Ended,
        });
    }
}
