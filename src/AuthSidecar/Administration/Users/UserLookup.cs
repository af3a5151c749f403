using System.Text;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Users;

internal static class UserLookup
{
    /// <summary>
    /// Finds a user by id or name, whose letters compare without case; a name never has the form of an id.
    /// </summary>
    public static async Task<User?> FindByNameOrIdAsync(this IQueryable<User> users, string nameOrId, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(nameOrId, out var guid))
        {
            var id = guid.ToString();
            return await users.SingleOrDefaultAsync(user => user.Id == id, cancellationToken);
        }

        return await users.FindByNameAsync(nameOrId, cancellationToken);
    }

    /// <summary>Finds a user by name, whose letters compare without case.</summary>
    public static async Task<User?> FindByNameAsync(this IQueryable<User> users, string name, CancellationToken cancellationToken)
    {
        if (!IsStorable(name))
        {
            return null;
        }

        // Two names of an older version may differ only by case.
        var key = User.KeyOf(name);
        return await users.SingleOrDefaultAsync(user => user.Name == name, cancellationToken)
            ?? await users.SingleOrDefaultAsync(user => user.NameKey == key, cancellationToken);
    }

    // PostgreSQL rejects other text.
    private static bool IsStorable(string text) => text.EnumerateRunes().All(rune => rune.Value != 0 && rune != Rune.ReplacementChar);
}
