using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

/// <summary>Adds a user to a tenant, or changes the role of a member.</summary>
internal sealed class AddMember(Store store, TimeProvider time)
{
    public const string DefaultRole = "member";

    public async Task<Outcome<Member>> RunAsync(string tenantId, string nameOrId, string role, CancellationToken cancellationToken)
    {
        if ((Rules.Tenant(tenantId) ?? Rules.Id("role", role)) is { } error)
        {
            return Refusal.Invalid(error);
        }

        await using var context = store.Open();
        if (!await context.Tenants.AnyAsync(tenant => tenant.Id == tenantId, cancellationToken))
        {
            return Refusal.Unknown("tenant", tenantId);
        }

        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        var now = Instant.Now(time);
        var member = await context.Members.SingleOrDefaultAsync(
            member => member.TenantId == tenantId && member.UserId == user.Id,
            cancellationToken
        );
        if (member is null)
        {
            member = new()
            {
                TenantId = tenantId,
                UserId = user.Id,
                User = user,
                Role = role,
                CreatedAt = now,
            };
            context.Members.Add(member);
        }

        member.Role = role;
        context.Invalidations.Add(CacheInvalidation.OfMember(tenantId, user.Id, now));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception) || exception is DbUpdateConcurrencyException)
        {
            return Refusal.Conflict(
                "member_changed",
                $"The membership of {user.Name} in {tenantId} was changed at the same time; try again."
            );
        }

        return member;
    }
}
