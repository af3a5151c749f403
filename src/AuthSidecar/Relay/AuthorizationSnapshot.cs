using AuthSidecar.Changes;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Relay;

/// <summary>On what an open socket rests, as it was last judged.</summary>
/// <param name="Identity">Whose it is.</param>
/// <param name="App">The app that it is about, or null.</param>
/// <param name="Longest">How long it may live, or null.</param>
internal sealed record AuthorizationSnapshot(Identity Identity, AppFacts? App, TimeSpan? Longest)
{
    public static AuthorizationSnapshot Of(CheckContext check) => new(check.KnownIdentity, check.App, check.Policy.Options.MaxStreamDuration);

    /// <summary>True when it may be another after the changes.</summary>
    public bool IsTouchedBy(InvalidationSet invalidations) =>
        invalidations.IsEverything || invalidations.Touches(Identity)
        || (App is { } app && (invalidations.TouchesApp(app.Id) || (Identity.UserId is { } user && invalidations.TouchesMember(app.TenantId, user))));
}
