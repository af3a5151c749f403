using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>Creates everything in people.json through the use cases behind the commands.</summary>
internal static class PeopleSeeder
{
    public static async Task<SeedData> RunAsync(IServiceProvider services, People people)
    {
        var createUser = ActivatorUtilities.CreateInstance<CreateUser>(services);
        var updateUser = ActivatorUtilities.CreateInstance<UpdateUser>(services);
        var createKey = ActivatorUtilities.CreateInstance<CreateKey>(services);
        var revokeKey = ActivatorUtilities.CreateInstance<RevokeKey>(services);

        var users = new Dictionary<string, string>();
        foreach (var (name, person) in people.Users)
        {
            users[name] = Rules.UserName(person.Name) is null
                ? (await createUser.RunAsync(new(person.Name) { IsSystem = person.System }, default)).Value.Id
                : await OfOldVersionAsync(services.GetRequiredService<Store>(), person.Name);
        }

        var keys = new Dictionary<string, IssuedToken>();
        foreach (var (name, key) in people.Keys)
        {
            var issued = key.Kind switch
            {
                "ask" when key.Rotates is { } before => Token(
                    (
                        await ActivatorUtilities
                            .CreateInstance<RotateKey>(services)
                            .RunAsync(keys[before].Id, TimeSpan.FromHours(1), default)
                    ).Value
                ),
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

        await MakeTenantsAsync(services, people, users);
        await MakeBudgetsAsync(services, people, users, keys);
        foreach (var (name, person) in people.Users.Where(person => person.Value.Status != "active"))
        {
            _ = (
                await updateUser.RunAsync(
                    users[name],
                    new() { Status = Enum.Parse<UserStatus>(person.Status, ignoreCase: true) },
                    true,
                    null,
                    default
                )
            ).Value;
        }

        return new(people, users, keys);
    }

    private static async Task<string> OfOldVersionAsync(Store store, string name)
    {
        await using var context = store.Open();
        var user = context.Users.Add(new() { Id = Guid.NewGuid().ToString(), Name = name }).Entity;
        await context.SaveChangesAsync();
        return user.Id;
    }

    private static async Task MakeTenantsAsync(IServiceProvider services, People people, Dictionary<string, string> users)
    {
        foreach (var tenant in people.Tenants)
        {
            _ = (await ActivatorUtilities.CreateInstance<CreateTenant>(services).RunAsync(tenant, default)).Value;
        }

        foreach (var (id, app) in people.Apps)
        {
            var wanted = new NewApp(id, app.Tenant) { Mode = app.Mode, Status = Enum.Parse<AppStatus>(app.Status, ignoreCase: true) };
            _ = (await ActivatorUtilities.CreateInstance<CreateApp>(services).RunAsync(wanted, default)).Value;
        }

        foreach (var (tenant, user) in people.Members.SelectMany(entry => entry.Value.Select(user => (entry.Key, user))))
        {
            _ = (await ActivatorUtilities.CreateInstance<AddMember>(services).RunAsync(tenant, users[user], "member", default)).Value;
        }
    }

    private static async Task MakeBudgetsAsync(
        IServiceProvider services,
        People people,
        Dictionary<string, string> users,
        Dictionary<string, IssuedToken> keys
    )
    {
        foreach (var (group, members) in people.Groups)
        {
            _ = (await ActivatorUtilities.CreateInstance<CreateGroup>(services).RunAsync(group, default)).Value;
            foreach (var user in members)
            {
                _ = (await ActivatorUtilities.CreateInstance<AddToGroup>(services).RunAsync(group, users[user], default)).Value;
            }
        }

        var jwts = await JwtSeedData.SharedAsync();
        var budgets = people
            .Budgets.Users.Select(entry => (BudgetScope.User, users[entry.Key], entry.Value))
            .Concat(people.Budgets.Groups.Select(entry => (BudgetScope.Group, entry.Key, entry.Value)))
            .Concat(people.Budgets.Shared.Select(entry => (BudgetScope.Shared, entry.Key, entry.Value)))
            .Concat(people.Budgets.Jwts.Select(entry => (BudgetScope.User, jwts.Callers[entry.Key].Subject, entry.Value)))
            .Concat(people.Budgets.Keys.Select(entry => (BudgetScope.Key, keys[entry.Key].Id, entry.Value)));
        foreach (var (scope, id, micros) in budgets)
        {
            _ = (await ActivatorUtilities.CreateInstance<SetBudget>(services).RunAsync(scope, id, micros, default)).Value;
        }
    }

    private static NewKey Wanted(KeyText key, string user) =>
        new(user)
        {
            Scopes = [.. key.Scopes],
            Models = [.. key.Models],
            Tenant = key.Tenant,
            Subject = Enum.Parse<SubjectType>(key.Subject, ignoreCase: true),
            ExpiresAt = ExpiryOf(key),
        };

    public static IssuedToken Token(IssuedKey issued) => new(issued.Key.Id, issued.Token);

    public static DateTimeOffset? ExpiryOf(KeyText key) =>
        key.Expires switch
        {
            null => null,
            "1h" => DateTimeOffset.UtcNow.AddHours(1),
            var time => DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture),
        };
}
