using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using static AuthSidecar.Usage.Pipeline.UsageValues;

namespace AuthSidecar.Access.Companion;

/// <summary>
/// Reports each call of <c>IsAuthorized</c>; denials of unauthenticated callers are aggregated. Tokens that follow from an allowed call are
/// reported by the calling service through the Recorder.
/// </summary>
internal sealed class AuthorizerUsageReporter(UsageQueue queue, TimeProvider time, RefusalCounts? refusals = null)
{
    public const string Path = "/authsidecar.v1.Authorizer/IsAuthorized";

    /// <summary>Reports an allowed call.</summary>
    public void Report(Identity identity) => Report(identity, "allow", null);

    /// <summary>Reports a denied call.</summary>
    /// <param name="result">The caller's authentication; without an identity the caller is unauthenticated.</param>
    /// <param name="reason">Reason of the returned error.</param>
    public void Report(AuthenticationResult result, string reason)
    {
        if (result.Identity is null && refusals?.TryTakeRow(isNamed: result.DeniedIdentity is not null) == false)
        {
            refusals.Add(new(null, null, "deny", reason, null));
            return;
        }

        Report(result.Identity ?? result.DeniedIdentity, "deny", reason);
    }

    private void Report(Identity? identity, string decision, string? reason)
    {
        var now = Instant.Now(time);
        queue.Record(
            new()
            {
                DecisionId = Guid.CreateVersion7(now).ToString("N"),
                Time = now,
                KeyId = NullIfEmpty(identity?.KeyId),
                KeyLine = identity?.LineId,
                UserId = identity?.Person,
                Tenant = identity?.Tenant,
                Decision = decision,
                Reason = reason,
                Path = Path,
                Facts = UsageFacts.Recorded | UsageFacts.Ended,
            }
        );
    }
}
