using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Users;

/// <summary>Members that are null stay as they are.</summary>
internal sealed record UserChange
{
    public UserRole? Role { get; init; }
    public UserStatus? Status { get; init; }
    public Change<string?>? Email { get; init; }
    public Change<string?>? DisplayName { get; init; }
}

/// <summary>Changes a user. A change of the role, and every status but active, ends the user's sessions.</summary>
internal sealed class UpdateUser(Store store, TimeProvider time)
{
    /// <param name="nameOrId">The user.</param>
    /// <param name="change">What changes.</param>
    /// <param name="force">True lets an operator disable or demote the last admin.</param>
    /// <param name="isExpected">Compares the stored user with the version that the caller read; null: any version.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    /// <returns>The user as changed. Refusals: <c>last_admin</c>, <c>precondition_failed</c>.</returns>
    public async Task<Outcome<User>> RunAsync(
        string nameOrId,
        UserChange change,
        bool force,
        Func<User, bool>? isExpected,
        CancellationToken cancellationToken
    )
    {
        if (ErrorOf(change) is { } error)
        {
            return Refusal.Invalid(error);
        }

        await using var context = store.Open();
        await using var transaction = await context.BeginExclusiveAsync(StoreLocks.People, cancellationToken);
        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        if (isExpected?.Invoke(user) == false)
        {
            return Refusal.Stale("user");
        }

        if (!force && EndsAdmin(user, change) && !await HasOtherAdminAsync(context, user, cancellationToken))
        {
            return Refusal.Conflict(
                "last_admin",
                $"{user.Name} is the last active admin who can log in; make another user an admin first."
            );
        }

        if (await ApplyAsync(context, user, change, cancellationToken))
        {
            await context.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        return user;
    }

    private static string? ErrorOf(UserChange change) =>
        (change.Email is { Value: { } email } ? Rules.Email(email) : null)
        ?? (change.DisplayName is { Value: { } name } ? Rules.Name("A display name", name) : null);

    private static bool EndsAdmin(User user, UserChange change) =>
        user is { Role: UserRole.Admin, Status: UserStatus.Active, IsSystem: false }
        && (change.Role is not (null or UserRole.Admin) || change.Status is not (null or UserStatus.Active));

    /// <returns>True: another admin can log in, or no admin can, and there is another.</returns>
    private async Task<bool> HasOtherAdminAsync(SidecarDbContext context, User user, CancellationToken cancellationToken)
    {
        var others = context.ActiveAdmins().Where(other => other.Id != user.Id);
        var now = Instant.Now(time);
        return await others.WithLogin(context, now).AnyAsync(cancellationToken)
            || (
                !await context.ActiveAdmins().Where(one => one.Id == user.Id).WithLogin(context, now).AnyAsync(cancellationToken)
                && await others.AnyAsync(cancellationToken)
            );
    }

    /// <returns>False: the user is as wanted already.</returns>
    private async Task<bool> ApplyAsync(SidecarDbContext context, User user, UserChange change, CancellationToken cancellationToken)
    {
        var before = (user.Role, user.Status, user.Email, user.DisplayName);
        user.Role = change.Role ?? user.Role;
        user.Status = change.Status ?? user.Status;
        user.Email = change.Email is { } email ? email.Value : user.Email;
        user.DisplayName = change.DisplayName is { } name ? name.Value : user.DisplayName;
        var now = Instant.Now(time);
        var ended =
            user.Role != before.Role || user.Status != UserStatus.Active
                ? await context.EndSessionsAsync(user.Id, null, now, cancellationToken)
                : 0;
        if ((user.Role, user.Status, user.Email, user.DisplayName) == before && ended == 0)
        {
            return false;
        }

        user.UpdatedAt = now;
        context.Invalidations.Add(CacheInvalidation.OfUser(user.Id, now));
        return true;
    }
}
