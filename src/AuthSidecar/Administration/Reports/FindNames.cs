using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Reports;

/// <summary>Names of users and keys by id; those without a name are absent.</summary>
internal sealed record Names(IReadOnlyDictionary<string, string> Users, IReadOnlyDictionary<string, string> Keys)
{
    public static Names None { get; } = new(new Dictionary<string, string>(), new Dictionary<string, string>());

    /// <summary>The name, else the id.</summary>
    public string User(string id) => Users.GetValueOrDefault(id, id);

    /// <summary>The name, else the id.</summary>
    public string Key(string id) => Keys.GetValueOrDefault(id, id);
}

/// <summary>Finds the names of the users and keys of a report.</summary>
internal sealed class FindNames(Store store)
{
    // Below the number of parameters that SQLite allows.
    private const int AtOnce = 500;

    public async Task<Names> RunAsync(IEnumerable<string?> userIds, IEnumerable<string?> keyIds, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var users = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var ids in Chunks(userIds))
        {
            var found = context.Users.Where(user => ids.Contains(user.Id)).Select(user => new { user.Id, user.Name });
            (await found.ToListAsync(cancellationToken)).ForEach(user => users[user.Id] = user.Name);
        }

        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var ids in Chunks(keyIds))
        {
            var found = context.ApiKeys.Where(key => ids.Contains(key.Id) && key.Name != null).Select(key => new { key.Id, key.Name });
            (await found.ToListAsync(cancellationToken)).ForEach(key => keys[key.Id] = key.Name!);
        }

        return new(users, keys);
    }

    private static IEnumerable<string[]> Chunks(IEnumerable<string?> ids) =>
        ids.OfType<string>().Where(id => id.Length > 0).Distinct(StringComparer.Ordinal).Chunk(AtOnce);
}
