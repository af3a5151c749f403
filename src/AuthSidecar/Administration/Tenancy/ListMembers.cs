using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

internal sealed record MemberFilter : ListFilter
{
    public string? Tenant { get; init; }

    /// <summary>A user's name or id.</summary>
    public string? User { get; init; }
}

/// <param name="Tenant">The tenant's id.</param>
/// <param name="UserId">The user's id.</param>
/// <param name="User">The user's name.</param>
/// <param name="Role">Role in the tenant.</param>
/// <param name="CreatedAt">Time at which the user became a member.</param>
internal sealed record ListedMember(string Tenant, string UserId, string User, string Role, DateTimeOffset CreatedAt);

/// <summary>Members of tenants, by tenant and name.</summary>
internal sealed class ListMembers(Store store)
{
    public async Task<Outcome<Page<ListedMember>>> RunAsync(MemberFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Read(2, out var search, out var after) is { } refusal)
        {
            return refusal;
        }

        await using var context = store.Open();
        var members = context
            .Members.AsNoTracking()
            .Containing(search, member => member.User!.Name, member => member.UserId, member => member.TenantId);
        if (filter.Tenant is { } tenant)
        {
            if (await context.Tenants.MissingAsync(tenant, cancellationToken) is { } missing)
            {
                return missing;
            }

            members = members.Where(member => member.TenantId == tenant);
        }

        if (filter.User is { } nameOrId)
        {
            if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
            {
                return Refusal.UnknownUser(nameOrId);
            }

            members = members.Where(member => member.UserId == user.Id);
        }

        return await Paging.ReadAsync(
            members,
            After(members, after)
                .OrderBy(member => member.TenantId)
                .ThenBy(member => member.User!.Name)
                .Select(member => new ListedMember(member.TenantId, member.UserId, member.User!.Name, member.Role, member.CreatedAt)),
            filter,
            member => Cursor.Of(member.Tenant, member.User),
            cancellationToken
        );
    }

    private static IQueryable<Member> After(IQueryable<Member> members, IReadOnlyList<string>? after) =>
        after is [var tenant, var name]
            ? members.Where(member =>
                string.Compare(member.TenantId, tenant) > 0 || (member.TenantId == tenant && string.Compare(member.User!.Name, name) > 0)
            )
            : members;
}
