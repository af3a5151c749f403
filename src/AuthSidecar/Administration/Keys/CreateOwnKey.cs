using AuthSidecar.Access.Authorization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

/// <summary>Rights of the maker beyond those of each person.</summary>
/// <param name="Scopes">Scopes of the key with which the request came; null: a session.</param>
/// <param name="MayManage">An admin who proved the password within ten minutes.</param>
internal sealed record KeyMaker(IReadOnlyCollection<string>? Scopes = null, bool MayManage = false);

/// <param name="Name">Required, unlike the name of a key that an operator makes.</param>
internal sealed record NewOwnKey(string Name)
{
    /// <summary>Empty: all that people may give.</summary>
    public IReadOnlyCollection<string> Scopes { get; init; } = [];

    /// <summary>Empty: all.</summary>
    public IReadOnlyCollection<string> Models { get; init; } = [];

    /// <summary>Null: the default.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>A tenant of which the maker is a member; null: none.</summary>
    public string? Tenant { get; init; }

    /// <summary>Stricter than every other limit; null: none.</summary>
    public KeyLimit? Limit { get; init; }

    /// <summary>As <see cref="Limit"/>, of tokens.</summary>
    public TokenLimit? TokenLimit { get; init; }

    /// <summary>As <see cref="Limit"/>, of requests that run at a time.</summary>
    public int? Parallel { get; init; }

    public KeyMaker Maker { get; init; } = new();
}

/// <summary>Makes a key for its maker, within <see cref="OwnKeyRules"/>.</summary>
internal sealed class CreateOwnKey(CreateKey create, OwnKeyRules rules, TimeProvider time)
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMinutes(1);

    public async Task<Outcome<IssuedKey>> RunAsync(string userId, NewOwnKey wanted, CancellationToken cancellationToken)
    {
        var lifetime = wanted.Lifetime ?? rules.DefaultLifetime;
        if (RefusalOf(wanted, lifetime) is { } invalid)
        {
            return invalid;
        }

        var open = rules.ScopesFor(wanted.Maker);
        var scopes = wanted.Scopes.Count > 0 ? wanted.Scopes : [.. open.Where(scope => scope != AccessRules.ManageScope)];
        if (scopes.Count == 0)
        {
            return Refusal.Forbidden("scope_not_allowed", "No scope is open to your keys; ask an administrator.");
        }

        if (scopes.Except(open, StringComparer.Ordinal).FirstOrDefault() is { } foreign)
        {
            return Refusal.Forbidden("scope_not_allowed", $"You may not give a key the scope {foreign}; ask an administrator.") with
            {
                Member = "scopes",
            };
        }

        return await create.RunAsync(
            new(userId)
            {
                Name = wanted.Name,
                Scopes = scopes,
                Models = wanted.Models,
                Tenant = wanted.Tenant,
                Limit = wanted.Limit,
                TokenLimit = wanted.TokenLimit,
                Parallel = wanted.Parallel,
                ExpiresAt = Instant.Now(time) + lifetime,
            },
            (context, user) => CheckAsync(context, user, wanted, cancellationToken),
            cancellationToken
        );
    }

    private Refusal? RefusalOf(NewOwnKey wanted, TimeSpan lifetime)
    {
        (string? Error, string Member)[] errors =
        [
            (Rules.Name("A key's name", wanted.Name), "name"),
            (Rules.Scopes(wanted.Scopes), "scopes"),
            (Rules.Models(wanted.Models) ?? OwnKeyRules.ErrorOf(wanted.Models), "models"),
            (wanted.Tenant is { } tenant ? Rules.Tenant(tenant) : null, "tenant"),
            (
                lifetime < _shortest || lifetime > rules.MaxLifetime
                    ? $"A key's lifetime must be 1 minute to {rules.MaxLifetime.TotalDays:0.##} days."
                    : null,
                "expiresIn"
            ),
            (rules.ErrorOf(wanted.Limit), "permits"),
            (rules.ErrorOf(wanted.TokenLimit), "tokens"),
            (rules.ErrorOf(wanted.Parallel), "parallel"),
        ];
        return errors.FirstOrDefault(error => error.Error is not null) is { Error: { } message, Member: var member }
            ? Refusal.Invalid(message, member)
            : null;
    }

    private async Task<Refusal?> CheckAsync(SidecarDbContext context, User user, NewOwnKey wanted, CancellationToken cancellationToken)
    {
        if (
            wanted.Tenant is { } tenant
            && !await context.Members.AnyAsync(member => member.TenantId == tenant && member.UserId == user.Id, cancellationToken)
        )
        {
            return Refusal.Forbidden("tenant_not_allowed", $"You are not a member of a tenant {tenant}.") with { Member = "tenant" };
        }

        return await rules.RefuseMoreAsync(context, user.Id, Instant.Now(time), cancellationToken);
    }
}
