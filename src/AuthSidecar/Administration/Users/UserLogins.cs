using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Users;

/// <summary>Users by their ability to log in to the console.</summary>
internal static class UserLogins
{
    /// <summary>Active admins that are people.</summary>
    public static IQueryable<User> ActiveAdmins(this SidecarDbContext context) =>
        context.Users.Where(user => user.Role == UserRole.Admin && user.Status == UserStatus.Active && !user.IsSystem);

    /// <summary>Those with a linked identity, or with a password that is no expired one-time password.</summary>
    public static IQueryable<User> WithLogin(this IQueryable<User> users, SidecarDbContext context, DateTimeOffset now) =>
        users.Where(user =>
            context.UserIdentities.Any(identity => identity.UserId == user.Id)
            || context.UserCredentials.Any(credential =>
                credential.UserId == user.Id && (credential.ExpiresAt == null || credential.ExpiresAt > now)
            )
        );
}
