using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Providers;

/// <summary>
/// <c>POST /auth/oidc/NAME/backchannel-logout</c>: ends the sessions that a provider ends, at their next request on every replica.
/// </summary>
internal sealed partial class BackChannelLogout(Store store, TimeProvider time, ILogger<BackChannelLogout> logger)
{
    /// <summary>200, also for a person without sessions; 400 for an invalid or repeated token; 503 if the keys are unavailable.</summary>
    public async Task RunAsync(HttpContext http, LoginProvider provider)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!http.Request.HasFormContentType)
        {
            await RefuseAsync(http, provider, "The body is not a form.");
            return;
        }

        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (await provider.Discovery.FindAsync(http.RequestAborted) is not { } document)
        {
            await http.RefuseAsync(
                StatusCodes.Status503ServiceUnavailable,
                SignInFailures.Unavailable,
                "The keys of the provider are unavailable.",
                TimeSpan.FromSeconds(5)
            );
            return;
        }

        if (
            form["logout_token"] is not { Count: 1 } texts
            || await LogoutToken.ReadAsync(texts[0] ?? "", provider, document, time.GetUtcNow()) is not { } token
        )
        {
            await RefuseAsync(http, provider, "The logout token is invalid.");
            return;
        }

        if (await EndAsync(provider, token, http.ClientAddress(), http.RequestAborted) is not { } count)
        {
            await RefuseAsync(http, provider, "The logout token was used before.");
            return;
        }

        LogEnded(provider.Name, count);
        http.Response.StatusCode = StatusCodes.Status200OK;
    }

    /// <returns>Number of sessions; null: the token was used before.</returns>
    private async Task<int?> EndAsync(LoginProvider provider, LogoutToken token, string? address, CancellationToken cancellationToken)
    {
        using var _ = Actor.Use(new(ActorKind.System, null, $"logout by {provider.Name}", address));
        await using var context = store.Open();
        var now = Instant.Now(time);
        var sessions = await Sessions(context, provider.Issuer, token).Include(session => session.User).ToListAsync(cancellationToken);
        sessions.ForEach(session => session.EndedAt = now);

        // In the same save: the token counts once, over all replicas.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{provider.Issuer}\n{token.Id}"));
        context.IdempotencyKeys.Add(
            new()
            {
                Caller = "logout-token",
                Key = Convert.ToHexString(hash),
                RequestHash = hash,
                Status = StatusCodes.Status200OK,
                CreatedAt = now,
            }
        );
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return null;
        }

        return sessions.Count;
    }

    // A session whose id at the provider is unknown may be the one that is meant.
    private static IQueryable<Session> Sessions(SidecarDbContext context, string issuer, LogoutToken token)
    {
        var (subject, id) = (token.Subject, token.SessionId);
        var live = context.Sessions.Where(session => session.EndedAt == null && session.Issuer == issuer);
        return subject is null
            ? live.Where(session => session.IssuerSessionId == id)
            : live.Where(session =>
                (id == null || session.IssuerSessionId == null || session.IssuerSessionId == id)
                && context.UserIdentities.Any(identity =>
                    identity.Issuer == issuer && identity.Subject == subject && identity.UserId == session.UserId
                )
            );
    }

    private Task RefuseAsync(HttpContext http, LoginProvider provider, string message)
    {
        LogRefused(provider.Name, message);
        return http.RefuseAsync(StatusCodes.Status400BadRequest, "invalid_request", message);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Identity provider {Provider} ended {Count} sessions.")]
    private partial void LogEnded(string provider, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Logout token of identity provider {Provider} refused: {Message}")]
    private partial void LogRefused(string provider, string message);
}
