using AuthSidecar.Access.Authorization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

/// <summary>What an operator may have overlooked in a new key.</summary>
internal static class NewKeyRules
{
    /// <returns>The refusal of a tenant that does not exist, or null.</returns>
    public static async Task<Refusal?> TenantAsync(SidecarDbContext context, NewKey wanted, CancellationToken cancellationToken) =>
        wanted.Tenant is { } tenant && !await context.Tenants.AnyAsync(known => known.Id == tenant, cancellationToken)
            ? Refusal.Unknown("tenant", tenant)
            : null;

    /// <returns>The refusal of a key that cannot authenticate, or null.</returns>
    public static Refusal? Dead(NewKey wanted, User owner, DateTimeOffset now) =>
        wanted.ExpiresAt < now ? Refusal.Conflict("expired_key", "The expiry is in the past; --force creates an expired key.")
        : owner.IsSystem ? Refusal.Conflict("dead_key", $"Keys of {owner.Name}, a system user, never authenticate; --force creates one.")
        : owner.Status != UserStatus.Active
            ? Refusal.Conflict(
                "dead_key",
                $"The user {owner.Name} is {owner.Status.ToString().ToLowerInvariant()}, so the key would be refused; --force creates it."
            )
        : null;

    public static List<string> Warnings(ApiKey key)
    {
        var warnings = new List<string>();
        if (SpaceSeparated.Split(key.Scopes).Contains(AccessRules.FullScope))
        {
            warnings.Add($"the key {key.Id} has the scope full, which opens every route; --scope narrows it");
        }

        if (key.ExpiresAt is null)
        {
            warnings.Add($"the key {key.Id} never expires; --expires ends it");
        }

        return warnings;
    }
}
