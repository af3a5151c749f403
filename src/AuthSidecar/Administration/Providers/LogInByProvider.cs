using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Providers;

/// <summary>Finds, or creates, the account of an identity. Issuer and subject identify; an e-mail address never does.</summary>
internal sealed partial class LogInByProvider(
    Store store,
    CreateUser users,
    UpdateUser update,
    LoginFailures failures,
    TimeProvider time,
    ILogger<LogInByProvider> logger
)
{
    private const int MostNames = 20;

    /// <returns>
    /// The account, which may sign in. Refusals: <c>not_linked</c>, <c>domain_not_allowed</c>, <c>inactive</c>.
    /// </returns>
    public async Task<Outcome<User>> RunAsync(
        LoginProvider provider,
        ProviderClaims claims,
        string? address,
        CancellationToken cancellationToken
    )
    {
        using var _ = Actor.Use(new(ActorKind.System, null, $"sign-in by {provider.Name}", address));
        if (!LinkIdentity.IsValid(claims.Issuer, claims.Subject) || claims.Issuer != provider.Issuer)
        {
            return Refusal.Invalid("The token lacks a usable issuer or subject.");
        }

        if (await FindAsync(claims, cancellationToken) is null)
        {
            if (await CreateAsync(provider, claims, cancellationToken) is { } refusal)
            {
                failures.Count(LoginFailure.Invalid, null);
                return refusal;
            }
        }

        return await FinishAsync(provider, claims, cancellationToken);
    }

    /// <summary>Time of the proof; the epoch where the provider does not say, so that the proof is not fresh.</summary>
    public DateTimeOffset ProvedAt(ProviderClaims claims) =>
        claims.AuthenticatedAt is { } at ? (at < Instant.Now(time) ? at : Instant.Now(time)) : DateTimeOffset.UnixEpoch;

    private async Task<UserIdentity?> FindAsync(ProviderClaims claims, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        return await Find(context, claims).AsNoTracking().SingleOrDefaultAsync(cancellationToken);
    }

    private static IQueryable<UserIdentity> Find(SidecarDbContext context, ProviderClaims claims) =>
        context
            .UserIdentities.Include(identity => identity.User)
            .Where(identity => identity.Issuer == claims.Issuer && identity.Subject == claims.Subject);

    private async Task<Refusal?> CreateAsync(LoginProvider provider, ProviderClaims claims, CancellationToken cancellationToken)
    {
        if (!provider.Options.Create)
        {
            return Refusal.Forbidden(SignInFailures.NotLinked, "No account is linked to this identity.");
        }

        if (!IsAllowed(provider.Options.Domains, claims.VerifiedEmail))
        {
            return Refusal.Forbidden(SignInFailures.DomainNotAllowed, "Accounts are created for other domains only.");
        }

        var email = claims.VerifiedEmail is { } verified && Rules.Email(verified) is null ? verified : null;
        var shown = claims.DisplayName is { } name && Rules.Name("A display name", name) is null ? name : null;
        for (var attempt = 1; attempt <= MostNames; attempt++)
        {
            await using var context = store.Open();
            var created = await users.RunAsync(
                context,
                new(UserNames.Of(claims, attempt)) { Email = email, DisplayName = shown },
                user => context.UserIdentities.Add(IdentityOf(claims, user)),
                cancellationToken
            );

            // A parallel login may have created it.
            if (created.Refusal is null || await FindAsync(claims, cancellationToken) is not null)
            {
                return null;
            }

            if (created.Refusal.Kind != RefusalKind.Conflict)
            {
                return created.Refusal;
            }
        }

        return Refusal.Conflict("user_exists", "No free name was found.");
    }

    private UserIdentity IdentityOf(ProviderClaims claims, User user) =>
        new()
        {
            Issuer = claims.Issuer,
            Subject = claims.Subject,
            UserId = user.Id,
            User = user,
            CreatedAt = Instant.Now(time),
        };

    private static bool IsAllowed(List<string> domains, string? email) =>
        domains.Count == 0
        || (
            email is not null
            && Rules.Email(email) is null
            && email.LastIndexOf('@') is var at and > 0
            && domains.Contains(email[(at + 1)..], StringComparer.OrdinalIgnoreCase)
        );

    private async Task<Outcome<User>> FinishAsync(LoginProvider provider, ProviderClaims claims, CancellationToken cancellationToken)
    {
        if (await FindAsync(claims, cancellationToken) is not { User: { Status: UserStatus.Active, IsSystem: false } known })
        {
            failures.Count(LoginFailure.Invalid, null);
            return Refusal.Forbidden(SignInFailures.Inactive, "The account may not sign in.");
        }

        await SetRoleAsync(provider.Options, claims, known, cancellationToken);
        await using var context = store.Open();
        var identity = await Find(context, claims).SingleOrDefaultAsync(cancellationToken);
        if (identity?.User is not { Status: UserStatus.Active } user)
        {
            return Refusal.Forbidden(SignInFailures.Inactive, "The account may not sign in.");
        }

        var now = Instant.Now(time);
        (identity.Email, identity.LastLoginAt, user.LastLoginAt) = (claims.Email is { Length: <= 254 } email ? email : null, now, now);
        await context.SaveChangesAsync(cancellationToken);
        failures.Count(LoginFailure.None, null);
        return user;
    }

    private async Task SetRoleAsync(LoginOptions login, ProviderClaims claims, User user, CancellationToken cancellationToken)
    {
        if (login.AdminClaim.Length == 0)
        {
            return;
        }

        var role = claims.Has(login.AdminClaim, login.AdminValue) ? UserRole.Admin : UserRole.User;
        if (role != user.Role)
        {
            var changed = await update.RunAsync(user.Id, new() { Role = role }, force: false, null, cancellationToken);
            if (changed.Refusal is { } refusal)
            {
                LogRoleKept(login.Name, user.Id, refusal.Code);
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Identity provider {Provider} takes the role from user {UserId}, who keeps it: {Reason}."
    )]
    private partial void LogRoleKept(string provider, string userId, string reason);
}
