using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

/// <summary>Removes a group without members and budgets.</summary>
internal sealed class RemoveGroup(Store store)
{
    public Task<Outcome<Group>> RunAsync(string id, CancellationToken cancellationToken) => RunAsync(id, null, cancellationToken);

    /// <param name="id">The group's id.</param>
    /// <param name="isExpected">Accepts the group as stored and its number of members; null: any.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task<Outcome<Group>> RunAsync(string id, Func<Group, int, bool>? isExpected, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        await using var exclusive = await context.BeginExclusiveAsync(StoreLocks.ChangesOfGroup(id), cancellationToken);
        if (await context.Groups.SingleOrDefaultAsync(group => group.Id == id, cancellationToken) is not { } group)
        {
            return Refusal.Unknown("group", id);
        }

        var members = await context.GroupMembers.CountAsync(member => member.GroupId == id, cancellationToken);
        if (isExpected?.Invoke(group, members) == false)
        {
            return Refusal.Stale("group");
        }

        var inUse = Refusal.Conflict("group_in_use", $"The group {id} has members or a budget; remove them first.");
        if (
            members > 0
            || await context.Budgets.AnyAsync(
                budget => budget.SubjectId == id && (budget.Scope == BudgetScope.Group || budget.Scope == BudgetScope.Shared),
                cancellationToken
            )
        )
        {
            return inUse;
        }

        context.Groups.Remove(group);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            await exclusive.CommitAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return Refusal.Unknown("group", id);
        }
        catch (DbUpdateException exception) when (store.IsRefusal(exception.InnerException ?? exception))
        {
            // A member was added at the same time; the foreign key holds.
            return inUse;
        }

        return group;
    }
}
