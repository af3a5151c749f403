using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Users;

/// <summary>Users of an older version whose name differs from an older user's only by case.</summary>
internal sealed class FindNameClashes(Store store)
{
    /// <returns>Their names, which must be typed exactly; the oldest of each name is not among them.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        // Not a character, which PostgreSQL's provider cannot translate.
#pragma warning disable CA1847
        var marked = await context.Users.AsNoTracking().Where(user => user.NameKey.Contains("#")).ToListAsync(cancellationToken);
#pragma warning restore CA1847
        return [.. marked.Where(user => user.NameKey != User.KeyOf(user.Name)).Select(user => user.Name).Order(StringComparer.Ordinal)];
    }

    /// <param name="names">Not empty.</param>
    public static string Warning(IReadOnlyList<string> names) =>
        $"Names of users differ from others only by case and must be typed exactly: {string.Join(", ", names)}.";
}
