using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys;

internal sealed record NewKey(string User)
{
    public string? Name { get; init; }

    /// <summary>Empty: <c>full</c>.</summary>
    public IReadOnlyCollection<string> Scopes { get; init; } = [];

    public IReadOnlyCollection<string> Models { get; init; } = [];
    public string? Tenant { get; init; }
    public SubjectType Subject { get; init; } = SubjectType.Account;
    public DateTimeOffset? ExpiresAt { get; init; }
    public KeyLimit? Limit { get; init; }
    public TokenLimit? TokenLimit { get; init; }

    /// <summary>Requests that may run at a time; 0: no limit; null: that of the route.</summary>
    public int? Parallel { get; init; }
}

/// <summary>A key and its token, which is shown only once.</summary>
internal sealed record IssuedKey(ApiKey Key, string Token);

internal sealed class CreateKey(Store store, KeyHasher hasher, TimeProvider time)
{
    public Task<Outcome<IssuedKey>> RunAsync(NewKey wanted, CancellationToken cancellationToken) =>
        RunAsync(wanted, null, cancellationToken);

    /// <param name="wanted">The key.</param>
    /// <param name="check">Refuses in the transaction of the change, which excludes others of the same user; null: nothing to
    /// check.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task<Outcome<IssuedKey>> RunAsync(
        NewKey wanted,
        Func<SidecarDbContext, User, Task<Refusal?>>? check,
        CancellationToken cancellationToken
    )
    {
        if (ErrorOf(wanted) is { } error)
        {
            return Refusal.Invalid(error);
        }

        await using var context = store.Open();
        if (await context.Users.FindByNameOrIdAsync(wanted.User, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(wanted.User);
        }

        if (user.Status == UserStatus.Deleted)
        {
            return Refusal.Conflict("user_deleted", $"The user {user.Name} is deleted.");
        }

        await using var exclusive = check is null ? null : await context.BeginExclusiveAsync(StoreLocks.KeysOf(user.Id), cancellationToken);
        if (check is not null && await check(context, user) is { } refusal)
        {
            return refusal;
        }

        var now = Instant.Now(time);
        var token = KeyToken.Generate(TokenFamily.Ask);
        var key = new ApiKey
        {
            Id = KeyToken.IdOf(token),
            Hash = hasher.Hash(token).ToArray(),
            Pepper = hasher.PepperId,
            UserId = user.Id,
            User = user,
            Name = wanted.Name,
            Scopes = wanted.Scopes.Count == 0 ? "full" : SpaceSeparated.Join(wanted.Scopes),
            Models = SpaceSeparated.Join(wanted.Models),
            Tenant = wanted.Tenant,
            Subject = wanted.Subject,
            Permits = wanted.Limit?.Permits,
            Window = wanted.Limit?.Window,
            Tokens = wanted.TokenLimit?.Tokens,
            TokenWindow = wanted.TokenLimit?.Window,
            Parallel = wanted.Parallel,
            CreatedAt = now,
            ExpiresAt = wanted.ExpiresAt is { } expiry ? Instant.Truncate(expiry) : null,
        };
        context.ApiKeys.Add(key);
        context.Invalidations.Add(CacheInvalidation.OfKey(key.Id, now));
        await context.SaveChangesAsync(cancellationToken);
        if (exclusive is not null)
        {
            await exclusive.CommitAsync(cancellationToken);
        }

        return new IssuedKey(key, token);
    }

    private static string? ErrorOf(NewKey wanted) =>
        KeyFieldRules.Name(wanted.Name)
        ?? Rules.Scopes(wanted.Scopes)
        ?? Rules.Models(wanted.Models)
        ?? (wanted.Tenant is { } tenant ? Rules.Tenant(tenant) : null)
        ?? (wanted.Subject is not (SubjectType.Account or SubjectType.Service) ? "A key stands for an account or a service." : null)
        ?? KeyFieldRules.Limit(wanted.Limit)
        ?? KeyFieldRules.Tokens(wanted.TokenLimit)
        ?? KeyFieldRules.Parallel(wanted.Parallel);
}
