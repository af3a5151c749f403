using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Users;

/// <summary>The text to search for may also be in the e-mail address.</summary>
internal sealed record UserFilter : ListFilter
{
    public UserStatus? Status { get; init; }
    public UserRole? Role { get; init; }
}

/// <summary>Users, the oldest first.</summary>
internal sealed class ListUsers(Store store)
{
    public async Task<Outcome<Page<User>>> RunAsync(UserFilter filter, CancellationToken cancellationToken)
    {
        if (filter.ReadByAge(out var search, out var after) is { } refusal)
        {
            return refusal;
        }

        await using var context = store.Open();
        var users = Matching(context.Users.AsNoTracking(), filter, search);
        var rest = after is not { CreatedAt: var at, Id: var id }
            ? users
            : users.Where(user => user.CreatedAt > at || (user.CreatedAt == at && string.Compare(user.Id, id) > 0));
        return await Paging.ReadAsync(
            users,
            rest.OrderBy(user => user.CreatedAt).ThenBy(user => user.Id),
            filter,
            user => Cursor.Of(user.CreatedAt, user.Id),
            cancellationToken
        );
    }

    private static IQueryable<User> Matching(IQueryable<User> users, UserFilter filter, string? search)
    {
        if (filter.Status is { } status)
        {
            users = users.Where(user => user.Status == status);
        }

        if (filter.Role is { } role)
        {
            users = users.Where(user => user.Role == role);
        }

        return users.Containing(search, user => user.Id, user => user.Name, user => user.Email!);
    }
}
