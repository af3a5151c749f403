using AuthSidecar.Keys;
using AuthSidecar.Pipeline;
using AuthSidecar.Storage;
using AuthSidecar.Users;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Corpus;

/// <summary>Makes the users and keys of people.json with the use cases behind the commands.</summary>
internal static class Casting
{
    public static async Task<Cast> RunAsync(IServiceProvider services, People people)
    {
        var createUser = ActivatorUtilities.CreateInstance<CreateUser>(services);
        var setStatus = ActivatorUtilities.CreateInstance<SetUserStatus>(services);
        var createKey = ActivatorUtilities.CreateInstance<CreateKey>(services);
        var revokeKey = ActivatorUtilities.CreateInstance<RevokeKey>(services);

        var users = new Dictionary<string, string>();
        foreach (var (name, person) in people.Users)
        {
            users[name] = (await createUser.RunAsync(new(person.Name) { IsSystem = person.System }, default)).Value.Id;
        }

        var keys = new Dictionary<string, IssuedToken>();
        foreach (var (name, key) in people.Keys)
        {
            var issued = key.Kind switch
            {
                "ask" => Token((await createKey.RunAsync(Wanted(key, users[key.User]), default)).Value),
                "master" => new("master", CorpusFiles.Settings("main")["Auth"]!["MasterKey"]!.GetValue<string>()),
                "aso" or "ase" => await DeviceTokens.IssueAsync(services, key, users),
                _ => await Imports.RunAsync(services, key, users),
            };
            keys[name] = issued;
            if (key.Revoked)
            {
                _ = (await revokeKey.RunAsync(issued.Id, default)).Value;
            }
        }

        foreach (var (name, person) in people.Users.Where(person => person.Value.Status != "active"))
        {
            _ = (await setStatus.RunAsync(users[name], Enum.Parse<UserStatus>(person.Status, ignoreCase: true), default)).Value;
        }

        return new(people, users, keys);
    }

    private static NewKey Wanted(KeyText key, string user) => new(user)
    {
        Scopes = [.. key.Scopes],
        Subject = Enum.Parse<SubjectType>(key.Subject, ignoreCase: true),
        ExpiresAt = ExpiryOf(key),
    };

    public static IssuedToken Token(IssuedKey issued) => new(issued.Key.Id, issued.Token);

    public static DateTimeOffset? ExpiryOf(KeyText key) => key.Expires switch
    {
        null => null,
        "1h" => DateTimeOffset.UtcNow.AddHours(1),
        var time => DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture),
    };
}
