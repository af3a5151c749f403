using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

internal sealed class CreateGroup(Store store, TimeProvider time)
{
    public async Task<Outcome<Group>> RunAsync(string id, CancellationToken cancellationToken)
    {
        if (Rules.Id("group", id) is { } error)
        {
            return Refusal.Invalid(error);
        }

        // Without an invalidation: no cached value depends on an empty group.
        var group = new Group { Id = id, CreatedAt = Instant.Now(time) };
        await using var context = store.Open();
        context.Groups.Add(group);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return Refusal.Conflict("group_exists", $"There is already a group {id}.");
        }

        return group;
    }
}
