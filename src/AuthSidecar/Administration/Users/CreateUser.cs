using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Users;

internal sealed record NewUser(string Name)
{
    public string? Id { get; init; }
    public string? DisplayName { get; init; }
    public string? Email { get; init; }
    public UserRole Role { get; init; }
    public bool IsSystem { get; init; }
}

internal sealed class CreateUser(Store store, TimeProvider time)
{
    public async Task<Outcome<User>> RunAsync(NewUser wanted, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        return await RunAsync(context, wanted, _ => { }, cancellationToken);
    }

    /// <param name="context">Saved with the user.</param>
    /// <param name="wanted">The user.</param>
    /// <param name="add">Adds to the save what belongs to the user.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    public async Task<Outcome<User>> RunAsync(
        SidecarDbContext context,
        NewUser wanted,
        Action<User> add,
        CancellationToken cancellationToken
    )
    {
        if (ErrorOf(wanted) is { } error)
        {
            return Refusal.Invalid(error);
        }

        var now = Instant.Now(time);
        var user = new User
        {
            Id = wanted.Id is null ? Guid.CreateVersion7(now).ToString() : Guid.Parse(wanted.Id).ToString(),
            Name = wanted.Name,
            DisplayName = wanted.DisplayName,
            Email = wanted.Email,
            Role = wanted.Role,
            IsSystem = wanted.IsSystem,
            CreatedAt = now,
            UpdatedAt = now,
        };
        context.Users.Add(user);
        context.Invalidations.Add(CacheInvalidation.OfUser(user.Id, now));
        add(user);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return Refusal.Conflict("user_exists", $"There is already a user with the name {wanted.Name} or the id {user.Id}.");
        }

        return user;
    }

    private static string? ErrorOf(NewUser wanted) =>
        Rules.UserName(wanted.Name)
        ?? (wanted.Id is { } id && !Guid.TryParseExact(id, "D", out _) ? $"\"{id}\" is not a UUID." : null)
        ?? (wanted.Email is { } email ? Rules.Email(email) : null)
        ?? (wanted.DisplayName is { } name ? Rules.Name("A display name", name) : null);
}
