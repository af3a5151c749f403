using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Web;

/// <summary>Begins and ends the session of a browser. Each login gets a new session; a former one of the browser ends.</summary>
internal sealed class SignIn(Store store, ConsoleOptions options, KnownBrowsers browsers, TimeProvider time)
{
    /// <summary>Stores a session of an authenticated person and sets its cookie.</summary>
    /// <param name="http">Request of the login.</param>
    /// <param name="user">The person.</param>
    /// <param name="mustChangePassword">True after a one-time password.</param>
    /// <param name="issuer">Identity provider, and its id of its own session; null: a password.</param>
    /// <param name="issuerSessionId">As above.</param>
    /// <param name="provedAt">Time of the proof, so that a password replaced since then ends the session; null: now.</param>
    public async Task<Caller> SignInAsync(
        HttpContext http,
        User user,
        bool mustChangePassword = false,
        string? issuer = null,
        string? issuerSessionId = null,
        DateTimeOffset? provedAt = null
    )
    {
        var former = await http.SessionAsync();
        var (secret, now) = (SessionSecret.New(), Instant.Now(time));
        var proved = provedAt ?? now;
        var session = new Session
        {
            Id = Guid.CreateVersion7(now).ToString(),
            Hash = SessionSecret.Hash(secret)!,
            UserId = user.Id,
            CreatedAt = now,
            LastSeenAt = now,
            AuthenticatedAt = proved,
            Address = http.ClientAddress(),
            Agent = UserAgent.Shortened(http.Request.Headers.UserAgent.ToString()),
            Issuer = issuer,
            IssuerSessionId = issuerSessionId,
        };
        using (Actor.Use(new(ActorKind.Session, user.Id, user.Name, session.Address)))
        {
            await SaveAsync(session, user, former?.SessionId, now, http.RequestAborted);
        }

        await http.SignInAsync(Schemes.Session, Principals.Ticket(secret), new() { IssuedUtc = now });
        browsers.Remember(http, user.Name);
        var caller = new Caller(CallerKind.Session, user.Name)
        {
            UserId = user.Id,
            DisplayName = user.DisplayName,
            Email = user.Email,
            Role = user.Role,
            SessionId = session.Id,
            AuthenticatedAt = proved,
            MustChangePassword = mustChangePassword,
        };
        http.Features.Set(caller);
        http.User = Principals.Of(caller, Schemes.Session);
        return caller;
    }

    /// <summary>Ends the session of the request, if any, and removes its cookie.</summary>
    /// <returns>Issuer with which the session began; null: a password, or no session.</returns>
    public async Task<string?> SignOutAsync(HttpContext http)
    {
        string? issuer = null;
        if (await http.SessionAsync() is { SessionId: { } id })
        {
            await using var context = store.Open();
            var now = Instant.Now(time);
            var live = context.Sessions.Include(session => session.User).Where(session => session.Id == id && session.EndedAt == null);
            foreach (var session in await live.ToListAsync())
            {
                session.EndedAt = now;
                issuer = session.Issuer;
            }

            await context.SaveChangesAsync(http.RequestAborted);
        }

        await http.SignOutAsync(Schemes.Session);
        return issuer;
    }

    private async Task SaveAsync(Session session, User user, string? former, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var context = store.Open();

        // For the names in the audit trail.
        context.Attach(user);
        context.Sessions.Add(session);
        var replaced = context.Sessions.Include(other => other.User).Where(other => other.Id == former && other.EndedAt == null);
        if (former is not null && await replaced.SingleOrDefaultAsync(cancellationToken) is { } ended)
        {
            ended.EndedAt = now;
        }

        await context.SaveChangesAsync(cancellationToken);

        // After the save: of logins at once, the last sees the sessions of all.
        var live = await context
            .Sessions.Where(other =>
                other.UserId == session.UserId
                && other.EndedAt == null
                && other.LastSeenAt > now - options.SessionIdle
                && other.CreatedAt > now - options.SessionLifetime
            )
            .OrderByDescending(other => other.CreatedAt)
            .ThenByDescending(other => other.Id)
            .Skip(options.MaxSessions)
            .ToListAsync(cancellationToken);
        live.ForEach(other => other.EndedAt = now);
        await context.SaveChangesAsync(cancellationToken);
    }
}
