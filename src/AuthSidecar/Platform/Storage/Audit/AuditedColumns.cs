using System.Globalization;

namespace AuthSidecar.Platform.Storage.Audit;

/// <summary>What the audit trail records of an entity: its name, and the columns that are no secret.</summary>
/// <param name="Kind">Kind of the target, first part of the action.</param>
/// <param name="Id">Id of the target.</param>
/// <param name="Name">Name for people; null: none.</param>
/// <param name="Columns">Properties whose values are recorded; a change of others leaves no event.</param>
internal sealed record AuditedColumns(string Kind, Func<object, string> Id, Func<object, string?> Name, IReadOnlyCollection<string> Columns)
{
    private static readonly Dictionary<Type, AuditedColumns> _all = new()
    {
        [typeof(User)] = Of<User>(
            "user",
            user => user.Id,
            user => user.Name,
            nameof(User.Name),
            nameof(User.DisplayName),
            nameof(User.Email),
            nameof(User.Role),
            nameof(User.Status)
        ),
        [typeof(UserCredential)] = Of<UserCredential>(
            "password",
            credential => credential.UserId,
            credential => credential.User?.Name,
            nameof(UserCredential.UpdatedAt),
            nameof(UserCredential.MustChange),
            nameof(UserCredential.ExpiresAt)
        ),
        [typeof(UserIdentity)] = Of<UserIdentity>(
            "identity",
            identity => identity.UserId,
            identity => identity.User?.Name,
            nameof(UserIdentity.Issuer),
            nameof(UserIdentity.Subject)
        ),
        [typeof(Session)] = Of<Session>(
            "session",
            session => session.Id,
            session => session.User?.Name,
            nameof(Session.UserId),
            nameof(Session.EndedAt)
        ),
        [typeof(ApiKey)] = Of<ApiKey>(
            "key",
            key => key.Id,
            key => key.Name,
            nameof(ApiKey.UserId),
            nameof(ApiKey.Name),
            nameof(ApiKey.Scopes),
            nameof(ApiKey.Models),
            nameof(ApiKey.Tenant),
            nameof(ApiKey.Subject),
            nameof(ApiKey.Permits),
            nameof(ApiKey.Window),
            nameof(ApiKey.Tokens),
            nameof(ApiKey.TokenWindow),
            nameof(ApiKey.Parallel),
            nameof(ApiKey.ExpiresAt),
            nameof(ApiKey.RevokedAt)
        ),
        [typeof(Budget)] = Of<Budget>(
            "budget",
            budget => $"{budget.Scope.ToString().ToLowerInvariant()}:{budget.SubjectId}",
            _ => null,
            nameof(Budget.Period),
            nameof(Budget.LimitMicros),
            nameof(Budget.WarnMicros)
        ),
        [typeof(Tenant)] = Of<Tenant>("tenant", tenant => tenant.Id, _ => null, nameof(Tenant.Id)),
        [typeof(App)] = Of<App>("app", app => app.Id, _ => null, nameof(App.TenantId), nameof(App.Mode), nameof(App.Status)),
        [typeof(Member)] = Of<Member>(
            "member",
            member => $"{member.TenantId}:{member.UserId}",
            member => member.User?.Name,
            nameof(Member.Role)
        ),
        [typeof(Group)] = Of<Group>("group", group => group.Id, _ => null, nameof(Group.Id)),
        [typeof(GroupMember)] = Of<GroupMember>(
            "groupmember",
            member => $"{member.GroupId}:{member.UserId}",
            member => member.User?.Name,
            nameof(GroupMember.GroupId),
            nameof(GroupMember.UserId)
        ),
        [typeof(Price)] = Of<Price>(
            "price",
            price => string.Create(CultureInfo.InvariantCulture, $"{price.Provider}:{price.Model}:{price.From:yyyy-MM-dd}"),
            _ => null,
            nameof(Price.Input),
            nameof(Price.Output),
            nameof(Price.CachedRead),
            nameof(Price.CachedWrite),
            nameof(Price.Reasoning)
        ),
    };

    /// <summary>Null: the trail records no changes of such entities.</summary>
    public static AuditedColumns? For(Type entity) => _all.GetValueOrDefault(entity);

    private static AuditedColumns Of<T>(string kind, Func<T, string> id, Func<T, string?> name, params string[] columns) =>
        new(kind, entity => id((T)entity), entity => name((T)entity), columns);
}
