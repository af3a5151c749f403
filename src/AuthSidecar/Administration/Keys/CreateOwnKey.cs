using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

/// <param name="Name">Required, unlike the name of a key that an operator makes.</param>
internal sealed record NewOwnKey(string Name)
{
    /// <summary>Empty: all that people may give.</summary>
    public IReadOnlyCollection<string> Scopes { get; init; } = [];

    /// <summary>Empty: all.</summary>
    public IReadOnlyCollection<string> Models { get; init; } = [];

    /// <summary>Null: the default.</summary>
    public TimeSpan? Lifetime { get; init; }
}

/// <summary>Makes a key for its maker, within <see cref="OwnKeyRules"/>.</summary>
internal sealed class CreateOwnKey(Store store, CreateKey create, OwnKeyRules rules, TimeProvider time)
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMinutes(1);

    public async Task<Outcome<IssuedKey>> RunAsync(string userId, NewOwnKey wanted, CancellationToken cancellationToken)
    {
        var allowed = rules.Scopes;
        var lifetime = wanted.Lifetime ?? rules.DefaultLifetime;
        if (ErrorOf(wanted, lifetime) is { } error)
        {
            return Refusal.Invalid(error);
        }

        if (wanted.Scopes.Except(allowed, StringComparer.Ordinal).FirstOrDefault() is { } foreign)
        {
            return Refusal.Conflict("scope_not_allowed", $"You may not give a key the scope {foreign}; ask an administrator.");
        }

        if (allowed.Count == 0)
        {
            return Refusal.Conflict("scope_not_allowed", "No scope is open to your keys; ask an administrator.");
        }

        if (await CountAsync(userId, cancellationToken) >= rules.MaxPerUser)
        {
            return Refusal.Conflict("too_many_keys", $"You have {rules.MaxPerUser} valid keys, the most possible. Revoke one first.");
        }

        return await create.RunAsync(
            new(userId)
            {
                Name = wanted.Name,
                Scopes = wanted.Scopes.Count > 0 ? wanted.Scopes : allowed,
                Models = wanted.Models,
                ExpiresAt = Instant.Now(time) + lifetime,
            },
            cancellationToken
        );
    }

    private string? ErrorOf(NewOwnKey wanted, TimeSpan lifetime) =>
        Rules.Name("A key's name", wanted.Name)
        ?? (
            lifetime < _shortest || lifetime > rules.MaxLifetime
                ? $"A key's lifetime must be 1 minute to {rules.MaxLifetime.TotalDays:0.##} days."
                : null
        );

    private async Task<int> CountAsync(string userId, CancellationToken cancellationToken)
    {
        var now = Instant.Now(time);
        await using var context = store.Open();
        return await context.ApiKeys.CountAsync(
            key =>
                key.UserId == userId
                && key.Format != KeyFormat.Aso
                && key.RevokedAt == null
                && key.ExpiredAt == null
                && (key.ExpiresAt == null || key.ExpiresAt >= now),
            cancellationToken
        );
    }
}
