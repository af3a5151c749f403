using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>The facts that authorize an open socket, as of its last decision.</summary>
/// <param name="Identity">The caller.</param>
/// <param name="App">The app, or null.</param>
/// <param name="Longest">The socket's maximum duration, or null.</param>
internal sealed record AuthorizationSnapshot(Identity Identity, AppFacts? App, TimeSpan? Longest)
{
    public static AuthorizationSnapshot Of(CheckContext check) =>
        new(check.KnownIdentity, check.App, check.Policy.Options.MaxStreamDuration);

    /// <summary>True when the invalidations may change the decision.</summary>
    public bool IsTouchedBy(InvalidationSet invalidations) =>
        invalidations.IsEverything
        || invalidations.Touches(Identity)
        || (
            App is { } app
            && (invalidations.TouchesApp(app.Id) || (Identity.UserId is { } user && invalidations.TouchesMember(app.TenantId, user)))
        );
}
