using AuthSidecar.Access.Authorization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys;

/// <summary>Keys and device tokens by id, for their owner: another person's are unknown.</summary>
internal sealed class OwnKeys(ShowKey show, RotateKey rotate, RevokeKey revoke, UpdateKey update, OwnKeyRules rules, TimeProvider time)
{
    public Task<Outcome<ApiKey>> FindAsync(string userId, string id, CancellationToken cancellationToken) =>
        FindAsync(userId, id, isDevice: false, cancellationToken);

    public Task<Outcome<ApiKey>> FindDeviceAsync(string userId, string id, CancellationToken cancellationToken) =>
        FindAsync(userId, id, isDevice: true, cancellationToken);

    /// <summary>Changes the name, or narrows the rights.</summary>
    public async Task<Outcome<ApiKey>> UpdateAsync(
        string userId,
        string id,
        KeyChanges changes,
        Func<ApiKey, bool>? isExpected,
        CancellationToken cancellationToken
    )
    {
        var found = await FindAsync(userId, id, cancellationToken);
        if (found.Refusal is { } unknown)
        {
            return unknown;
        }

        if (isExpected?.Invoke(found.Value) == false)
        {
            return Refusal.Stale("key");
        }

        if (changes.Error is { } error)
        {
            return Refusal.Invalid(error);
        }

        if (WidenedMember(found.Value, changes) is { } member)
        {
            return Refusal.Forbidden("key_not_narrower", $"The {member} of a key may only be narrowed; make a new key.") with
            {
                Member = member,
            };
        }

        // Again as the change finds it, because an administrator may narrow it meanwhile.
        return await update.RunAsync(
            id,
            changes,
            key => isExpected?.Invoke(key) != false && WidenedMember(key, changes) is null,
            cancellationToken
        );
    }

    public Task<Outcome<IssuedKey>> RotateAsync(string userId, string id, TimeSpan grace, CancellationToken cancellationToken) =>
        RotateAsync(userId, id, grace, new(), cancellationToken);

    /// <param name="userId">The owner.</param>
    /// <param name="id">The key.</param>
    /// <param name="grace">Time for which the old key stays valid.</param>
    /// <param name="maker">Who gets the new token must hold its rights.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task<Outcome<IssuedKey>> RotateAsync(
        string userId,
        string id,
        TimeSpan grace,
        KeyMaker maker,
        CancellationToken cancellationToken
    )
    {
        var found = await FindAsync(userId, id, cancellationToken);
        if (found.Refusal is { } unknown)
        {
            return unknown;
        }

        if (SpaceSeparated.Split(found.Value.Scopes).FirstOrDefault(scope => !maker.Allows(scope)) is { } wider)
        {
            return wider == AccessRules.ManageScope && maker.Scopes is null
                ? Refusal.Forbidden("reauthentication_required", "Confirm your password first: POST /auth/reauthenticate.")
                : Refusal.Forbidden("scope_not_allowed", $"The key has the scope {wider}, which the key of this request lacks.");
        }

        // Without a grace period the number of valid keys stays as it is.
        return await rotate.RunAsync(
            id,
            grace,
            async context =>
                grace > TimeSpan.Zero && await rules.RefuseMoreAsync(context, userId, Instant.Now(time), cancellationToken) is { } refusal
                    ? refusal with
                    {
                        Message = $"{refusal.Message} Or let the old key end at once.",
                    }
                    : null,
            cancellationToken
        );
    }

    public Task<Outcome<ApiKey>> RevokeAsync(string userId, string id, CancellationToken cancellationToken) =>
        RevokeAsync(userId, id, null, cancellationToken);

    /// <param name="userId">The owner.</param>
    /// <param name="id">The key.</param>
    /// <param name="isExpected">Accepts the key as stored; null: any.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task<Outcome<ApiKey>> RevokeAsync(
        string userId,
        string id,
        Func<ApiKey, bool>? isExpected,
        CancellationToken cancellationToken
    ) =>
        (await FindAsync(userId, id, cancellationToken)).Refusal is { } unknown
            ? unknown
            : await revoke.RunAsync(id, isExpected, cancellationToken);

    public async Task<Outcome<ApiKey>> RevokeDeviceAsync(string userId, string id, CancellationToken cancellationToken) =>
        (await FindDeviceAsync(userId, id, cancellationToken)).Refusal is { } unknown
            ? unknown
            : await revoke.RunAsync(id, cancellationToken);

    private static string? WidenedMember(ApiKey key, KeyChanges changes)
    {
        var (scopes, models) = (SpaceSeparated.Split(key.Scopes), SpaceSeparated.Split(key.Models));
        if (changes.Scopes is { } newScopes && (newScopes.Count == 0 || newScopes.Except(scopes, StringComparer.Ordinal).Any()))
        {
            return "scopes";
        }

        return changes.Models is { } newModels && !IsNarrower(models, newModels) ? "models" : null;
    }

    // An entry with a limit stays as it is, because without it its models could have a higher limit.
    private static bool IsNarrower(IReadOnlyList<string> entries, IReadOnlyCollection<string> wanted)
    {
        var (globs, limits) = KeyModels.Of(entries);
        return (wanted.Count > 0 || entries.Count == 0)
            && entries.Except(globs, StringComparer.Ordinal).All(limited => wanted.Contains(limited, StringComparer.Ordinal))
            && wanted.All(entry => entries.Contains(entry, StringComparer.Ordinal) || Covers(globs, limits, entry));
    }

    // A glob is covered by itself, and a name by a glob that matches it.
    private static bool Covers(IReadOnlyList<string> globs, ModelLimits? limits, string entry) =>
        KeyModels.Of([entry]).Limits is null
        && limits?.Find(entry) is null
        && (globs.Count == 0 || (!entry.Contains('*', StringComparison.Ordinal) && AccessRules.AllowsModel(globs, entry)));

    private async Task<Outcome<ApiKey>> FindAsync(string userId, string id, bool isDevice, CancellationToken cancellationToken)
    {
        if (Rules.Id("key", id) is not null)
        {
            return Refusal.UnknownKey(id);
        }

        var found = await show.RunAsync(id, cancellationToken);
        return found.Refusal is null && found.Value is var key && key.UserId == userId && key.Format is KeyFormat.Aso == isDevice
            ? key
            : Refusal.UnknownKey(id);
    }
}
