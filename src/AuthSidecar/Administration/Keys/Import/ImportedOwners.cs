using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys.Import;

/// <summary>The users behind imported keys; those that are not here yet are made.</summary>
internal sealed class ImportedOwners(SidecarDbContext context, DateTimeOffset now)
{
    public async Task<IReadOnlyDictionary<string, User>> FindOrMakeAsync(
        IEnumerable<string> namesOrIds,
        CancellationToken cancellationToken
    )
    {
        var owners = new Dictionary<string, User>(StringComparer.Ordinal);
        foreach (var nameOrId in namesOrIds.Distinct(StringComparer.Ordinal))
        {
            // A name and the id of the same user may both stand in one file.
            owners[nameOrId] = await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken)
                ?? context.Users.Local.FirstOrDefault(user => user.Id == IdOf(nameOrId))
                ?? context.Users.Add(Make(nameOrId)).Entity;
        }

        return owners;
    }

    private static string? IdOf(string nameOrId) => Guid.TryParse(nameOrId, out var id) ? id.ToString() : null;

    private User Make(string nameOrId) =>
        new()
        {
            Id = IdOf(nameOrId) ?? Guid.CreateVersion7(now).ToString(),

            // A name never has the form of an id.
            Name = IdOf(nameOrId) is { } id ? $"user-{id}" : nameOrId,
            CreatedAt = now,
            UpdatedAt = now,
        };
}
