using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Providers;

/// <summary>Links the identity that a person has just proved to the person's account.</summary>
internal sealed class LinkProvedIdentity(LinkIdentity link)
{
    /// <returns>Refusals: those of <see cref="LinkIdentity"/>.</returns>
    public async Task<Outcome<UserIdentity>> RunAsync(Caller caller, ProviderClaims claims, CancellationToken cancellationToken)
    {
        using var _ = Actor.Use(Actor.Current with { Kind = ActorKind.Session, Id = caller.UserId, Name = caller.Name });
        return await link.RunAsync(caller.UserId!, claims.Issuer, claims.Subject, claims.Email, cancellationToken);
    }
}
