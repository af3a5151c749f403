using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

/// <param name="Group">The group's id.</param>
/// <param name="UserId">The user's id.</param>
/// <param name="User">The user's name.</param>
/// <param name="Status">The user's status.</param>
internal sealed record ListedGroupMember(string Group, string UserId, string User, UserStatus Status);

/// <summary>Members of a group by name.</summary>
internal sealed class ListGroupMembers(Store store)
{
    public async Task<Outcome<Page<ListedGroupMember>>> RunAsync(string groupId, ListFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Read(1, out var search, out var after) is { } refusal)
        {
            return refusal;
        }

        await using var context = store.Open();
        if (Rules.Id("group", groupId) is not null || !await context.Groups.AnyAsync(group => group.Id == groupId, cancellationToken))
        {
            return Refusal.Unknown("group", groupId);
        }

        var members = context
            .GroupMembers.AsNoTracking()
            .Where(member => member.GroupId == groupId)
            .Containing(search, member => member.User!.Name, member => member.UserId);
        var rest = after is [var last] ? members.Where(member => string.Compare(member.User!.Name, last) > 0) : members;
        return await Paging.ReadAsync(
            members,
            rest.OrderBy(member => member.User!.Name)
                .Select(member => new ListedGroupMember(member.GroupId, member.UserId, member.User!.Name, member.User.Status)),
            filter,
            member => Cursor.Of(member.User),
            cancellationToken
        );
    }
}
