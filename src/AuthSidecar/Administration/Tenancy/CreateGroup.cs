using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

internal sealed class CreateGroup(Store store, TimeProvider time)
{
    public async Task<Outcome<Group>> RunAsync(string id, CancellationToken cancellationToken)
    {
        if (Rules.Id("group", id) is { } complaint)
        {
            return Refusal.Invalid(complaint);
        }

        // No replica is told: nothing that any remembers can depend on a group that nobody is in yet.
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
