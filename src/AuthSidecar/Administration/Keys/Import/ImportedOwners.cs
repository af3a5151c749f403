using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys.Import;

/// <summary>Owners of imported keys; missing users are created.</summary>
internal sealed class ImportedOwners(SidecarDbContext context, DateTimeOffset now)
{
    public async Task<IReadOnlyDictionary<string, User>> FindOrCreateAsync(
        IEnumerable<string> namesOrIds,
        CancellationToken cancellationToken
    )
    {
        var owners = new Dictionary<string, User>(StringComparer.Ordinal);
        foreach (var nameOrId in namesOrIds.Distinct(StringComparer.Ordinal))
        {
            // One file may name a user by name and by id.
            owners[nameOrId] = await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken)
                ?? context.Users.Local.FirstOrDefault(user => user.Id == IdOf(nameOrId) || user.NameKey == User.KeyOf(nameOrId))
                ?? context.Users.Add(Create(nameOrId)).Entity;
        }

        return owners;
    }

    private static string? IdOf(string nameOrId) => Guid.TryParse(nameOrId, out var id) ? id.ToString() : null;

    private User Create(string nameOrId) =>
        new()
        {
            Id = IdOf(nameOrId) ?? Guid.CreateVersion7(now).ToString(),

            // A name never has the form of an id.
            Name = IdOf(nameOrId) is { } id ? $"user-{id}" : nameOrId,
            CreatedAt = now,
            UpdatedAt = now,
        };
}
