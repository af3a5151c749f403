using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

internal sealed record GroupFilter : ListFilter
{
    /// <summary>Only groups of this user, by name or id.</summary>
    public string? User { get; init; }
}

/// <param name="Id">Id, which is its name.</param>
/// <param name="Members">Number of members.</param>
/// <param name="CreatedAt">Time of its creation.</param>
internal sealed record ListedGroup(string Id, int Members, DateTimeOffset CreatedAt);

/// <summary>Groups by id.</summary>
internal sealed class ListGroups(Store store)
{
    public async Task<Outcome<Page<ListedGroup>>> RunAsync(GroupFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Read(1, out var search, out var after) is { } refusal)
        {
            return refusal;
        }

        await using var context = store.Open();
        var groups = context.Groups.AsNoTracking().Containing(search, group => group.Id);
        if (filter.User is { } nameOrId)
        {
            if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
            {
                return Refusal.UnknownUser(nameOrId);
            }

            groups = groups.Where(group => context.GroupMembers.Any(member => member.GroupId == group.Id && member.UserId == user.Id));
        }

        var rest = after is [var last] ? groups.Where(group => string.Compare(group.Id, last) > 0) : groups;
        return await Paging.ReadAsync(
            groups,
            Listed(context, rest.OrderBy(group => group.Id)),
            filter,
            group => Cursor.Of(group.Id),
            cancellationToken
        );
    }

    /// <summary>One group.</summary>
    public async Task<Outcome<ListedGroup>> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (Rules.Id("group", id) is not null)
        {
            return Refusal.Unknown("group", id);
        }

        await using var context = store.Open();
        var found = await Listed(context, context.Groups.AsNoTracking().Where(group => group.Id == id))
            .SingleOrDefaultAsync(cancellationToken);
        return found is null ? Refusal.Unknown("group", id) : found;
    }

    private static IQueryable<ListedGroup> Listed(SidecarDbContext context, IQueryable<Group> groups) =>
        groups.Select(group => new ListedGroup(
            group.Id,
            context.GroupMembers.Count(member => member.GroupId == group.Id),
            group.CreatedAt
        ));
}
