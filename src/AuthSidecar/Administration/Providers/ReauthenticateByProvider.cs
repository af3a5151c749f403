using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Providers;

/// <summary>Takes a new login at the provider as the proof before a dangerous change.</summary>
internal sealed class ReauthenticateByProvider(Store store, TimeProvider time)
{
    // Clocks of the provider and the sidecar may differ.
    private static readonly TimeSpan _skew = TimeSpan.FromMinutes(1);

    /// <returns>Refusals: <c>session_ended</c>, <c>other_person</c>, <c>not_fresh</c>.</returns>
    public async Task<Outcome<Session>> RunAsync(Caller caller, SignInAnswer answer, CancellationToken cancellationToken)
    {
        var claims = answer.Claims;
        if (claims.AuthenticatedAt is not { } proved || proved < answer.Errand.StartedAt - _skew)
        {
            return Refusal.Forbidden(SignInFailures.NotFresh, "The provider asked for no new login.");
        }

        await using var context = store.Open();
        var owns = await context.UserIdentities.AnyAsync(
            identity => identity.Issuer == claims.Issuer && identity.Subject == claims.Subject && identity.UserId == caller.UserId,
            cancellationToken
        );
        if (!owns)
        {
            return Refusal.Forbidden(SignInFailures.OtherPerson, "The login at the provider is one of another person.");
        }

        var session = await context.Sessions.SingleOrDefaultAsync(
            found => found.Id == caller.SessionId && found.UserId == caller.UserId && found.EndedAt == null,
            cancellationToken
        );
        if (session is null)
        {
            return Refusal.Forbidden(SignInFailures.SessionEnded, "The session has ended.");
        }

        var now = Instant.Now(time);
        var at = proved < now ? proved : now;
        session.AuthenticatedAt = at > session.AuthenticatedAt ? at : session.AuthenticatedAt;
        await context.SaveChangesAsync(cancellationToken);
        return session;
    }
}
