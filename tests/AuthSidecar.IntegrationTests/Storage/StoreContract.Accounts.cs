using System.Diagnostics.Metrics;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Audit;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.Storage;

public abstract partial class StoreContract
{
    private const string Password = "correct horse battery staple";

    [RequiresStoreFact]
    public async Task AdminsThatDisableEachOther_LeaveOne()
    {
        for (var round = 0; round < 5; round++)
        {
            string[] names = [$"ada-{round}", $"bob-{round}"];
            foreach (var name in names)
            {
                await AddUserAsync(name);
                await Update(Store, name, new() { Role = UserRole.Admin });
            }

            var changes = await Task.WhenAll(
                Task.Run(() => Update(Store, names[0], new() { Status = UserStatus.Suspended })),
                Task.Run(() => Update(Another, names[1], new() { Role = UserRole.User }))
            );

            Assert.Equal(["last_admin"], changes.Where(code => code is not null));
            await using var context = Store.Open();
            var left = await context.Users.SingleAsync(user => user.Role == UserRole.Admin && user.Status == UserStatus.Active);
            await new UpdateUser(Store, Time).RunAsync(left.Id, new() { Role = UserRole.User }, true, null, CancellationToken.None);
        }

        async Task<string?> Update(Store store, string name, UserChange change) =>
            (await new UpdateUser(store, Time).RunAsync(name, change, false, null, CancellationToken.None)).Refusal?.Code;
    }

    [RequiresStoreFact]
    public async Task AuditTrail_IsReadInPages_AndHoldsNoSecret()
    {
        using var hashing = new PasswordHashing();
        using var limiter = new MemoryRateLimiter(Time);
        using var meter = new Meter("accounts");
        var (throttle, failures, create) = (new LoginThrottle(limiter), new LoginFailures(meter, Store, Time), new CreateUser(Store, Time));
        var none = CancellationToken.None;
        var secrets = new List<string> { Password, "four unrelated lamps whisper", "a wrong password" };
        using (Actor.Use(new(ActorKind.Session, "an id", "an admin", "192.0.2.1")))
        {
            var created = (await new CreateAccount(Store, create, hashing, Time).RunAsync(new("ada"), null, none)).Value;
            var reset = (await new ResetPassword(Store, hashing, Time).RunAsync("ada", none)).Value;
            secrets.AddRange([created.Password, reset.Password]);
            var set = new SetPassword(Store, hashing, throttle, failures, Time);
            Assert.Null((await set.RunAsync(new(created.User.Id, null, Password), none)).Refusal);
            Assert.Null((await set.RunAsync(new(created.User.Id, Password, secrets[1]), none)).Refusal);
            Assert.Null((await new OverwritePassword(Store, hashing, Time).RunAsync("ada", Password, none)).Refusal);
            var logIn = new LogIn(Store, hashing, throttle, failures, Time);
            Assert.Equal(LoginFailure.Invalid, (await logIn.RunAsync(new("ada", secrets[2], "192.0.2.1", false), none)).Failure);
            Assert.Equal(LoginFailure.None, (await logIn.RunAsync(new("ada", Password, "192.0.2.1", false), none)).Failure);
            await failures.FlushAsync(none);
            await using (var context = Store.Open())
            {
                var hash = Guid.NewGuid().ToByteArray();
                context.Sessions.Add(
                    new()
                    {
                        Id = "session",
                        UserId = created.User.Id,
                        Hash = hash,
                        CreatedAt = Time.GetUtcNow(),
                        LastSeenAt = Time.GetUtcNow(),
                    }
                );
                await context.SaveChangesAsync();
                secrets.AddRange([Convert.ToHexString(hash), Convert.ToBase64String(hash)]);
            }

            Assert.Null((await new EndSessions(Store, Time).RunAsync("session", null, none)).Refusal);
            var key = await AddKeyAsync();
            var rotated = (await new RotateKey(Store, _hasher, Time).RunAsync(key.Key.Id, TimeSpan.Zero, none)).Value;
            secrets.AddRange([key.Token, rotated.Token]);
            Assert.Null((await new RevokeKey(Store, Time).RunAsync(rotated.Key.Id, none)).Refusal);
            Assert.Null((await new CreateTenant(Store, Time).RunAsync("t", none)).Refusal);
            Assert.Null(
                (await new UpdateUser(Store, Time).RunAsync("ada", new() { Email = new("a@example.com") }, false, null, none)).Refusal
            );
        }

        await using var another = Another.Open();
        var rows = await another.AuditEvents.AsNoTracking().OrderByDescending(row => row.Sequence).ToListAsync();
        secrets.AddRange(await another.UserCredentials.Select(credential => credential.Hash).ToListAsync());
        var text = string.Join(
            '\n',
            rows.Select(row => $"{row.ActorName} {row.Action} {row.TargetId} {row.TargetName} {row.Before} {row.After}")
        );
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase));
        Assert.All(
            [
                "user.created",
                "password.created",
                "password.updated",
                "login.failed",
                "session.created",
                "session.ended",
                "key.created",
                "key.revoked",
                "tenant.created",
                "user.updated",
            ],
            action => Assert.Contains(rows, row => row.Action == action)
        );
        Assert.All(rows, row => Assert.Equal((ActorKind.Session, "an admin", "192.0.2.1"), (row.ActorKind, row.ActorName, row.Address)));
        Assert.Equal("""{"count":1}""", rows.Single(row => row.Action == "login.failed").After);
        var paged = new List<long>();
        var filter = new AuditFilter { Take = 3 };
        do
        {
            var page = (await new ListAudit(Another).RunAsync(filter, none)).Value;
            Assert.Equal(rows.Count, page.Total);
            paged.AddRange(page.Items.Select(row => row.Sequence));
            filter = filter with { After = page.Next };
        } while (filter.After is not null);

        Assert.Equal(rows.Select(row => row.Sequence), paged);
        Assert.Equal(
            rows.Where(row => row.TargetName == "ada").Select(row => row.Sequence),
            (await new ListAudit(Another).RunAsync(new() { Target = "ada", Actor = "an admin" }, none)).Value.Items.Select(row =>
                row.Sequence
            )
        );
        Assert.Equal("invalid_argument", (await new ListAudit(Another).RunAsync(new() { After = "x" }, none)).Refusal?.Code);
        Assert.Equal("invalid_argument", (await new ListAudit(Another).RunAsync(new() { Actor = "a\0" }, none)).Refusal?.Code);
    }

    [RequiresStoreFact]
    public async Task OldSessionsAndIdempotencyKeys_AreDeleted()
    {
        var ada = await AddUserAsync();
        var now = Instant.Now(Time);
        await using (var context = Store.Open())
        {
            context.Sessions.AddRange(
                Session("live", 0, 0, null),
                Session("ended", 1, 1, 29),
                Session("long ended", 31, 31, 31),
                Session("idle", 29, 29, null),
                Session("long idle", 31, 31, null),
                Session("over", 31, 0, null)
            );
            context.IdempotencyKeys.AddRange(Key("new", 23), Key("old", 25));
            await context.SaveChangesAsync();
        }

        using var meter = new Meter("accounts");
        using var retention = new AccountsRetention(
            Store,
            new(meter, Store, Time),
            new(TimeSpan.FromHours(8), TimeSpan.FromHours(23)),
            Time,
            NullLogger<AccountsRetention>.Instance
        );
        await retention.RunAsync(CancellationToken.None);

        await using var another = Another.Open();
        Assert.Equal(["ended", "idle", "live"], await another.Sessions.Select(session => session.Id).Order().ToListAsync());
        Assert.Equal("new", (await another.IdempotencyKeys.SingleAsync()).Key);

        Session Session(string id, int created, int seen, int? ended) =>
            new()
            {
                Id = id,
                Hash = Guid.NewGuid().ToByteArray(),
                UserId = ada.Id,
                CreatedAt = now.AddDays(-created),
                LastSeenAt = now.AddDays(-seen),
                EndedAt = ended is { } days ? now.AddDays(-days) : null,
            };

        IdempotencyKey Key(string key, int hours) =>
            new()
            {
                Caller = "ada",
                Key = key,
                RequestHash = [1],
                CreatedAt = now.AddHours(-hours),
            };
    }

    [RequiresStoreFact]
    public async Task NamesOfAnOlderVersionThatDifferByCase_KeepWorking_AndAreNamed()
    {
        await using var store = await OpenEmptyAsync();
        await using (var context = store.Open())
        {
            var migrations = context.Database.GetMigrations().ToList();
            await context
                .GetService<IMigrator>()
                .MigrateAsync(migrations[migrations.FindIndex(id => id.EndsWith("_People", StringComparison.Ordinal)) - 1]);
            await context.Database.ExecuteSqlRawAsync(
                """
                INSERT INTO "Users" ("Id", "Name", "Role", "Status", "IsSystem", "CreatedAt", "UpdatedAt") VALUES
                    ('1', 'alice', 'user', 'active', false, 2, 2),
                    ('2', 'Alice', 'admin', 'active', false, 1, 1),
                    ('3', 'ALICE', 'user', 'active', false, 3, 3),
                    ('4', 'José #1', 'user', 'active', false, 4, 4)
                """
            );
        }

        Assert.NotEmpty(await store.MigrateAsync(CancellationToken.None));

        Assert.Equal(["ALICE", "alice"], await new FindNameClashes(store).RunAsync(CancellationToken.None));
        await using var migrated = store.Open();
        foreach (var (name, id) in new[] { ("alice", "1"), ("Alice", "2"), ("ALICE", "3"), ("aLice", "2"), ("José #1", "4") })
        {
            Assert.Equal(id, (await migrated.Users.FindByNameOrIdAsync(name, CancellationToken.None))?.Id);
        }

        Assert.Equal("user_exists", (await new CreateUser(store, Time).RunAsync(new("alicE"), CancellationToken.None)).Refusal?.Code);
        Assert.Equal("invalid_argument", (await new CreateUser(store, Time).RunAsync(new("Jörg"), CancellationToken.None)).Refusal?.Code);
    }

    /// <summary>A store without any table.</summary>
    private protected abstract Task<Store> OpenEmptyAsync();
}
