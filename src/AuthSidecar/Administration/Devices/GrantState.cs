using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Devices;

/// <summary>
/// State of a grant and its transitions, without a store. Final states have no transitions. The store applies each transition as one
/// conditional update, so that of concurrent ones the first wins.
/// </summary>
/// <param name="Status">The stored status; <see cref="At"/> tells the expired.</param>
/// <param name="ExpiresAt">The codes are dead from this instant on.</param>
/// <param name="LastPollAt">The previous poll, whatever its answer; null: none.</param>
/// <param name="AnsweredAt">Time at which the token or the denial was handed out; null: not yet.</param>
internal readonly record struct GrantState(
    GrantStatus Status,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? LastPollAt = null,
    DateTimeOffset? AnsweredAt = null
)
{
    /// <summary>Life of the codes.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Shortest time between two polls; constant, because the client adds five seconds by itself.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _leastAfterApproval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _leastAfterDenial = TimeSpan.FromSeconds(1);

    public static GrantState Start(DateTimeOffset now) => new(GrantStatus.Pending, now + Lifetime);

    public static GrantState Of(DeviceGrant grant) => new(grant.Status, grant.ExpiresAt, grant.LastPollAt, grant.AnsweredAt);

    /// <summary>The status at an instant: undecided and uncollected grants expire.</summary>
    public GrantStatus At(DateTimeOffset now) =>
        Status is GrantStatus.Pending or GrantStatus.Approved && IsDead(now) ? GrantStatus.Expired : Status;

    /// <summary>True when codes open nothing any more.</summary>
    public bool IsDead(DateTimeOffset now) => ExpiresAt <= now;

    /// <returns>Null: not pending.</returns>
    public GrantState? Approve(DateTimeOffset now) => Decide(GrantStatus.Approved, now, _leastAfterApproval);

    /// <returns>Null: not pending.</returns>
    public GrantState? Deny(DateTimeOffset now) => Decide(GrantStatus.Denied, now, _leastAfterDenial);

    /// <summary>Records a poll. The first one is never too soon.</summary>
    public (GrantState Next, bool IsTooSoon) Poll(DateTimeOffset now) =>
        (this with { LastPollAt = now }, LastPollAt is { } last && now < last + Interval);

    /// <summary>Answers a poll that is not too soon; hands out a token or a denial once.</summary>
    public (GrantState Next, CollectedKind Answer) Answer(DateTimeOffset now) =>
        At(now) switch
        {
            GrantStatus.Pending => (this, CollectedKind.Pending),
            GrantStatus.Approved => (this with { Status = GrantStatus.Consumed, AnsweredAt = now }, CollectedKind.Token),
            GrantStatus.Denied when AnsweredAt is null && !IsDead(now) => (this with { AnsweredAt = now }, CollectedKind.Denied),
            _ => (this, CollectedKind.Expired),
        };

    /// <returns>Null: not expired, or final.</returns>
    public GrantState? Expire(DateTimeOffset now) =>
        At(now) == GrantStatus.Expired && Status != GrantStatus.Expired ? this with { Status = GrantStatus.Expired } : null;

    private GrantState? Decide(GrantStatus decision, DateTimeOffset now, TimeSpan least) =>
        At(now) == GrantStatus.Pending
            ? this with
            {
                Status = decision,
                ExpiresAt = now + least > ExpiresAt ? now + least : ExpiresAt,
            }
            : null;
}
