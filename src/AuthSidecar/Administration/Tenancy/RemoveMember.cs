using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

internal sealed class RemoveMember(Store store, TimeProvider time)
{
    public async Task<Outcome<Member>> RunAsync(string tenantId, string nameOrId, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        var unknown = new Refusal(RefusalKind.NotFound, "unknown_member", $"{user.Name} is not a member of a tenant {tenantId}.");
        if (
            Rules.Tenant(tenantId) is not null
            || await context
                .Members.Include(member => member.User)
                .SingleOrDefaultAsync(member => member.TenantId == tenantId && member.UserId == user.Id, cancellationToken)
                is not { } member
        )
        {
            return unknown;
        }

        context.Members.Remove(member);
        context.Invalidations.Add(CacheInvalidation.OfMember(tenantId, user.Id, Instant.Now(time)));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            // Removed concurrently.
            return unknown;
        }

        return member;
    }
}
