using AuthSidecar.Access.Authorization;
using AuthSidecar.Access.Policies;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

/// <summary>What people may give the keys that they make for themselves.</summary>
internal sealed class OwnKeyRules(SelfServiceKeyOptions options, LiveOptions<PolicySet> policies, LiveOptions<LimitsOptions> limits)
{
    // Full satisfies every scope, and manage changes other people's keys.
    private static readonly string[] _never = [AccessRules.FullScope, AccessRules.ManageScope];

    /// <summary>Scopes in order; those of the policies without <c>full</c> and <c>manage</c> where the settings name none.</summary>
    public IReadOnlyList<string> Scopes =>
        options.Scopes.Count > 0
            ? options.Scopes
            :
            [
                .. policies
                    .Current.Policies.SelectMany(policy => policy.Options.Scopes)
                    .Except(_never, StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ];

    /// <summary>Lifetime of a key whose maker names none.</summary>
    public TimeSpan DefaultLifetime => options.DefaultLifetime;

    public TimeSpan MaxLifetime => options.MaxLifetime;

    /// <summary>Valid keys of one person at a time.</summary>
    public int MaxPerUser => options.MaxPerUser;

    /// <summary>
    /// Scopes that this maker may give: never more than the maker has, and <c>manage</c> only after a proof of the password.
    /// </summary>
    public IReadOnlyList<string> ScopesFor(KeyMaker maker) => [.. Scopes.Where(scope => maker.Allows(scope))];

    /// <summary>The refusal of a further valid key of a person, asked under the lock of that person's keys; null: there is room.</summary>
    public async Task<Refusal?> RefuseMoreAsync(
        SidecarDbContext context,
        string userId,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var keys = context.ApiKeys.Where(key => key.UserId == userId && key.Format != KeyFormat.Aso);
        return await KeyStatuses.InForce(keys, now).CountAsync(cancellationToken) < MaxPerUser
            ? null
            : Refusal.Conflict("too_many_keys", $"You have {MaxPerUser} valid keys, the most possible. Revoke one first.");
    }

    /// <summary>The error of a key's own limit, which replaces that of a policy and so must not exceed any of them; null: none.</summary>
    public string? ErrorOf(KeyLimit? own)
    {
        if (own is null)
        {
            return null;
        }

        var defaults = limits.Current;
        return ErrorOf(
            (own.Permits, own.Window),
            OfPolicies.Select(limit => ((long)limit.Permits, limit.Window)).Append((defaults.DefaultPermits, defaults.DefaultWindow)),
            "request"
        );
    }

    /// <summary>As that of requests.</summary>
    public string? ErrorOf(TokenLimit? own)
    {
        if (own is null)
        {
            return null;
        }

        var defaults = limits.Current;
        return ErrorOf(
            (own.Tokens, own.Window),
            OfPolicies
                .Select(limit => ((long)limit.Tokens, limit.TokenWindow))
                .Append((defaults.DefaultTokens, defaults.DefaultTokenWindow)),
            "token"
        );
    }

    /// <summary>The error of a key's own number of requests that may run at a time.</summary>
    public string? ErrorOf(int? parallel)
    {
        if (parallel is null)
        {
            return null;
        }

        if (parallel < 1)
        {
            return "The limit of a key must allow at least one request at a time.";
        }

        var most = OfPolicies
            .Select(limit => limit.Parallel)
            .Append(limits.Current.DefaultParallel)
            .Where(each => each > 0)
            .Order()
            .ToList();
        return most.Count == 0 || parallel <= most[0]
            ? null
            : $"The limit of a key may only be stricter than {most[0]} requests at a time.";
    }

    /// <summary>The error of a limit of models, which would replace a policy's.</summary>
    public static string? ErrorOf(IEnumerable<string> models) =>
        KeyModels.Of(models).Limits is null ? null : "Only an administrator may limit the models of a key.";

    private IEnumerable<LimitOptions> OfPolicies => policies.Current.Policies.Select(policy => policy.Options.Limit).OfType<LimitOptions>();

    private static string? ErrorOf((long Count, TimeSpan Window) own, IEnumerable<(long Count, TimeSpan Window)> others, string unit)
    {
        if (own.Count < 1)
        {
            return $"The limit of a key must allow at least one {unit}.";
        }

        var most = others
            .Where(limit => limit.Count > 0)
            .Where(limit => own.Count > limit.Count || own.Window < limit.Window)
            .OrderBy(limit => limit.Count)
            .ToList();
        return most.Count == 0
            ? null
            : $"The limit of a key may only be stricter than {most[0].Count} {unit}s in {most[0].Window.TotalSeconds:0.###} seconds.";
    }
}

internal static class KeyMakers
{
    /// <summary>True when the maker may give a key this scope.</summary>
    public static bool Allows(this KeyMaker maker, string scope) =>
        scope == AccessRules.ManageScope
            ? maker.MayManage && maker.Scopes is null
            : maker.Scopes is null || maker.Scopes.Contains(scope) || maker.Scopes.Contains(AccessRules.FullScope);
}
