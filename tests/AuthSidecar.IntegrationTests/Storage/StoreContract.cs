using AuthSidecar.Access.Authentication;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.Storage;

/// <summary>The guarantees of every store. Each test has its own store, and <see cref="Another"/> is another process on it.</summary>
public abstract partial class StoreContract : IAsyncLifetime
{
    private const int Writers = 16;
    private static readonly TimeProvider Time = TimeProvider.System;
    private readonly KeyHasher _hasher = new([new Secret("a pepper for tests")]);

    private protected Store Store { get; private set; } = null!;

    private protected Store Another { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await PrepareAsync();
        Store = OpenStore();
        Another = OpenStore();
        await Store.MigrateAsync(CancellationToken.None);
        await Another.PrepareAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        await Another.DisposeAsync();
        await CleanAsync();
    }

    private protected virtual Task PrepareAsync() => Task.CompletedTask;

    private protected virtual Task CleanAsync() => Task.CompletedTask;

    private protected abstract Store OpenStore();

    /// <summary>Adds a user, also with a name that only older versions allowed.</summary>
    private protected async Task<User> AddUserAsync(string name = "ada", bool isSystem = false)
    {
        if (Rules.UserName(name) is null)
        {
            return (await new CreateUser(Store, Time).RunAsync(new(name) { IsSystem = isSystem }, CancellationToken.None)).Value;
        }

        await using var context = Store.Open();
        var user = context.Users.Add(new() { Id = Guid.NewGuid().ToString(), Name = name }).Entity;
        await context.SaveChangesAsync();
        return user;
    }

    private protected async Task<IssuedKey> AddKeyAsync(string user = "ada", DateTimeOffset? expiresAt = null) =>
        (
            await new CreateKey(Store, _hasher, Time).RunAsync(
                new(user)
                {
                    Name = "a key",
                    Scopes = ["b", "a"],
                    ExpiresAt = expiresAt,
                    Limit = new(7, TimeSpan.FromSeconds(90)),
                    TokenLimit = new(3_000_000_000, TimeSpan.FromSeconds(45)),
                    Parallel = 4,
                },
                CancellationToken.None
            )
        ).Value;

    private protected async Task<ApiKey> RowAsync(string id)
    {
        await using var context = Another.Open();
        return await context.ApiKeys.SingleAsync(key => key.Id == id);
    }

    [RequiresStoreFact]
    public async Task User_IsFoundByNameWithoutCaseAndById()
    {
        var ada = await AddUserAsync("Ada");
        var taken = await new CreateUser(Another, Time).RunAsync(new("ada"), CancellationToken.None);
        await using var context = Another.Open();

        Assert.Equal("user_exists", taken.Refusal?.Code);
        Assert.Equal(ada.Id, (await context.Users.FindByNameOrIdAsync("Ada", CancellationToken.None))?.Id);
        Assert.Equal(ada.Id, (await context.Users.FindByNameOrIdAsync("ADA", CancellationToken.None))?.Id);
        Assert.Equal("Ada", (await context.Users.FindByNameOrIdAsync(ada.Id.ToUpperInvariant(), CancellationToken.None))?.Name);
        Assert.Null(await context.Users.FindByNameOrIdAsync("Adah", CancellationToken.None));
    }

    [RequiresStoreFact]
    public async Task TakenName_IsAConflict_ForAllButTheFirst()
    {
        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(number =>
                    Task.Run(() => new CreateUser(number % 2 == 0 ? Store : Another, Time).RunAsync(new("ada"), CancellationToken.None))
                )
        );

        Assert.Equal(1, outcomes.Count(outcome => outcome.Refusal is null));
        Assert.All(outcomes.Where(outcome => outcome.Refusal is not null), outcome =>
            Assert.Equal((RefusalKind.Conflict, "user_exists"), (outcome.Refusal!.Kind, outcome.Refusal.Code))
        );
    }

    [RequiresStoreFact]
    public async Task TakenHash_IsTaken_AndAMissingOwnerIsNot()
    {
        await AddUserAsync();
        var key = (await AddKeyAsync()).Key;
        var taken = await FailToSaveAsync(
            new()
            {
                Id = "another",
                Hash = key.Hash,
                UserId = key.UserId,
                Scopes = "full",
            }
        );
        var orphan = await FailToSaveAsync(
            new()
            {
                Id = "another",
                UserId = "nobody",
                Scopes = "full",
            }
        );

        Assert.True(Store.IsTaken(taken));
        Assert.False(Store.IsTaken(orphan));
    }

    [RequiresStoreFact]
    public async Task KeysWithoutHash_DoNotCollide()
    {
        await AddUserAsync();
        foreach (var key in new[] { await AddKeyAsync(), await AddKeyAsync() })
        {
            await using var context = Store.Open();
            Assert.Equal(
                1,
                await context
                    .ApiKeys.Where(row => row.Id == key.Key.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.Hash, (byte[]?)null))
            );
        }
    }

    [RequiresStoreFact]
    public async Task Key_ReadsBackAsWritten()
    {
        var user = await AddUserAsync();
        var written = (await AddKeyAsync(expiresAt: Time.GetUtcNow().AddDays(3).AddTicks(7))).Key;
        using var reader = new KeyReader(Another, Time);

        var read = await reader.FindAsync(written.Id, CancellationToken.None);

        Assert.NotNull(read);
        Assert.Equal((written.Id, "b a", 7, TimeSpan.FromSeconds(90)), (read.Id, read.Scopes, read.Permits, read.Window));
        Assert.Equal((3_000_000_000, TimeSpan.FromSeconds(45), 4), (read.Tokens, read.TokenWindow, read.Parallel));
        Assert.Equal(written.Hash, read.Hash);
        Assert.Equal((written.ExpiresAt, (DateTimeOffset?)null, (DateTimeOffset?)null), (read.ExpiresAt, read.RevokedAt, read.LastUsedAt));
        Assert.Equal((user.Id, "ada", UserStatus.Active, false), (read.UserId, read.Username, read.UserStatus, read.IsSystemUser));
        Assert.Equal(written.CreatedAt, (await RowAsync(written.Id)).CreatedAt);
        Assert.Equal(0, written.ExpiresAt!.Value.Ticks % TimeSpan.TicksPerMicrosecond);
        Assert.Null(await reader.FindAsync(written.Id.ToUpperInvariant() + "x", CancellationToken.None));
    }

    [RequiresStoreFact]
    public async Task KeyOfAnExternalIdentity_HasNoOwner()
    {
        await using (var context = Store.Open())
        {
            context.ApiKeys.Add(
                new()
                {
                    Id = "e",
                    Format = KeyFormat.Ase,
                    Hash = [1],
                    ExternalIssuer = "https://id",
                    ExternalSubject = "ada@id",
                    Scopes = "apps:run",
                }
            );
            await context.SaveChangesAsync();
        }

        using var reader = new KeyReader(Another, Time);
        var read = await reader.FindAsync("e", CancellationToken.None);

        Assert.NotNull(read);
        Assert.Equal((KeyFormat.Ase, "https://id", "ada@id"), (read.Format, read.ExternalIssuer, read.ExternalSubject));
        Assert.Equal((null, null, null, null), (read.UserId, read.Username, read.UserStatus, read.IsSystemUser));
    }

    [RequiresStoreFact]
    public async Task Revoking_ByManyAtOnce_KeepsTheFirstTime()
    {
        await AddUserAsync();
        var id = (await AddKeyAsync()).Key.Id;

        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(number =>
                    Task.Run(() => new RevokeKey(number % 2 == 0 ? Store : Another, Time).RunAsync(id, CancellationToken.None))
                )
        );

        var revoked = (await RowAsync(id)).RevokedAt;
        Assert.NotNull(revoked);
        Assert.All(outcomes, outcome => Assert.Equal(revoked, outcome.Value.RevokedAt));
        Assert.Equal(1, (await ChangesAsync()).Count(change => change.KeyId == id && change.At == revoked));
    }

    [RequiresStoreFact]
    public async Task Rotating_ExpiresTheOldKey_AndTheNewOneWorks()
    {
        await AddUserAsync();
        var old = (await AddKeyAsync()).Key;

        var issued = (await new RotateKey(Store, _hasher, Time).RunAsync(old.Id, TimeSpan.Zero, CancellationToken.None)).Value;

        var row = await RowAsync(issued.Key.Id);
        Assert.Equal((old.Scopes, old.UserId, old.Permits, old.Window), (row.Scopes, row.UserId, row.Permits, row.Window));
        Assert.Equal((old.Tokens, old.TokenWindow, old.Parallel), (row.Tokens, row.TokenWindow, row.Parallel));
        Assert.Equal(HashMatch.Current, _hasher.Compare(issued.Token, row.Hash));
        Assert.True((await RowAsync(old.Id)).ExpiresAt < Time.GetUtcNow());
    }

    [RequiresStoreFact]
    public async Task RotatingAKeyThatIsRevokedMeanwhile_ChangesNothing()
    {
        await AddUserAsync();
        var id = (await AddKeyAsync()).Key.Id;
        await using var context = Store.Open();
        var stale = await context.ApiKeys.SingleAsync(key => key.Id == id);
        await new RevokeKey(Another, Time).RunAsync(id, CancellationToken.None);

        stale.ExpiresAt = Time.GetUtcNow().AddDays(1);

        await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => context.SaveChangesAsync());
        Assert.Null((await RowAsync(id)).ExpiresAt);
        Assert.Equal(
            "revoked_key",
            (await new RotateKey(Store, _hasher, Time).RunAsync(id, TimeSpan.Zero, CancellationToken.None)).Refusal?.Code
        );
    }

    [RequiresStoreFact]
    public async Task Expiry_IsMadeFinalAndReportedOnce_ByOneOfManyWriters()
    {
        await AddUserAsync();
        var expired = new List<string>();
        foreach (var number in Enumerable.Range(0, 20))
        {
            expired.Add((await AddKeyAsync(expiresAt: Time.GetUtcNow().AddSeconds(-1 - number))).Key.Id);
        }

        var audit = new AuditRecorder();
        using var reader = new KeyReader(Store, Time);
        var books = Enumerable
            .Range(0, Writers)
            .Select(number => new KeyBookkeeping(number % 2 == 0 ? Store : Another, new(audit), Time, NullLogger<KeyBookkeeping>.Instance))
            .ToList();
        foreach (var (book, number) in books.Select((book, number) => (book, number)))
        {
            // Each in a different order, like concurrent requests.
            foreach (var id in number % 2 == 0 ? expired : Enumerable.Reverse(expired))
            {
                book.NoteExpiry((await reader.FindAsync(id, CancellationToken.None))!);
            }
        }

        await Task.WhenAll(books.Select(book => Task.Run(() => book.FlushAsync(CancellationToken.None))));

        Assert.Equal(
            expired.Order(StringComparer.Ordinal),
            audit.Events.Select(record => record["key_id"]).Cast<string>().Order(StringComparer.Ordinal)
        );
        Assert.All(audit.Events, record => Assert.Equal((true, "token_expired"), ((bool)record["audit"]!, record["event"])));
        foreach (var id in expired)
        {
            var row = await RowAsync(id);
            // So that who still presents it can be named, once the secret was compared.
            Assert.NotNull(row.Hash);
            Assert.NotNull(row.ExpiredAt);
        }

        books.ForEach(book => book.Dispose());
    }

    [RequiresStoreFact]
    public async Task LastUseAndNewHash_AreWrittenOnce()
    {
        await AddUserAsync();
        var issued = await AddKeyAsync();
        using var reader = new KeyReader(Store, Time);
        var record = (await reader.FindAsync(issued.Key.Id, CancellationToken.None))!;
        using var book = new KeyBookkeeping(Another, new(new AuditRecorder()), Time, NullLogger<KeyBookkeeping>.Instance);
        var before = Instant.Now(Time);

        book.NoteUse(record, "192.0.2.1");
        var newer = new KeyHasher([new Secret("a newer pepper")]);
        book.NoteHash(record, newer.Hash(issued.Token), newer.PepperId);
        await book.FlushAsync(CancellationToken.None);
        var first = await RowAsync(issued.Key.Id);
        book.NoteUse(record, "192.0.2.1");
        await book.FlushAsync(CancellationToken.None);

        Assert.InRange(first.LastUsedAt!.Value, before, Instant.Now(Time));
        Assert.Equal("192.0.2.1", first.LastUsedAddress);
        Assert.NotEqual(record.Hash, first.Hash);
        Assert.Equal(first.LastUsedAt, (await RowAsync(issued.Key.Id)).LastUsedAt);
    }

    [RequiresStoreFact]
    public async Task Budgets_AreRead()
    {
        await using (var context = Store.Open())
        {
            context.Budgets.AddRange(
                new()
                {
                    Scope = BudgetScope.User,
                    SubjectId = "spent",
                    LimitMicros = 0,
                },
                new()
                {
                    Scope = BudgetScope.User,
                    SubjectId = "rich",
                    LimitMicros = 5_000_000_000_000,
                },
                new()
                {
                    Scope = BudgetScope.Key,
                    SubjectId = "none",
                    LimitMicros = 0,
                }
            );
            context.Spends.AddRange(
                new()
                {
                    Scope = BudgetScope.User,
                    SubjectId = "rich",
                    PeriodId = BudgetPeriod.Month.IdAt(TimeProvider.System.GetUtcNow()),
                    Micros = 4_000_000_000_000,
                },
                new()
                {
                    Scope = BudgetScope.Key,
                    SubjectId = "rich",
                    PeriodId = BudgetPeriod.Month.IdAt(TimeProvider.System.GetUtcNow()),
                    Micros = 7,
                },
                new()
                {
                    Scope = BudgetScope.User,
                    SubjectId = "rich",
                    PeriodId = 202501,
                    Micros = 9_000_000_000_000,
                }
            );
            await context.SaveChangesAsync();
        }

        using var reader = new BudgetReader(Another, TimeProvider.System);

        var (spent, rich, none) = (NameOf(BudgetScope.User, "spent"), NameOf(BudgetScope.User, "rich"), NameOf(BudgetScope.Key, "none"));

        BudgetLimit spentOne = new(spent, new(BudgetScope.User, "spent"), 0, 0),
            richOne = new(rich, new(BudgetScope.User, "rich"), 5_000_000_000_000, 4_000_000_000_000);
        Assert.Equal([spentOne], (await reader.ReadAsync(new("spent", null), CancellationToken.None)).Limits);
        Assert.Equal([richOne], (await reader.ReadAsync(new("rich", null), CancellationToken.None)).Limits);
        Assert.Equal(
            [richOne, new(none, new(BudgetScope.Key, "none"), 0, 0)],
            (await reader.ReadAsync(new("rich", "none"), CancellationToken.None)).Limits
        );
        Assert.Equal(BudgetLookup.Unlimited, await reader.ReadAsync(new("none", "rich"), CancellationToken.None));
        Assert.Equal(
            new Dictionary<AccountName, long>
            {
                [rich] = 4_000_000_000_000,
                [rich with { PeriodId = 202501 }] = 9_000_000_000_000,
                [none] = 0,
            },
            await reader.ReadSpentAsync([rich, rich with { PeriodId = 202501 }, none], CancellationToken.None)
        );

        static AccountName NameOf(BudgetScope scope, string id) => new(scope, id, BudgetPeriod.Month.IdAt(TimeProvider.System.GetUtcNow()));
    }

    /// <summary>What an upgrade adds up from the rows of this week is what the writer adds up.</summary>
    [RequiresStoreFact]
    public async Task MigrationToPeriods_SumsTheRowsOfThisWeek()
    {
        Assert.Null((await new CreateGroup(Store, Time).RunAsync("staff", CancellationToken.None)).Refusal);
        Assert.Null((await new CreateGroup(Store, Time).RunAsync("all", CancellationToken.None)).Refusal);
        var (now, monday) = (Time.GetUtcNow(), BudgetPeriods.StartOf(BudgetPeriod.Week.IdAt(Time.GetUtcNow())));
        var rows = new List<UsageReport>();
        foreach (var (time, index) in new[] { monday, now, now, monday.AddTicks(-10) }.Select((time, index) => (time, index)))
        {
            var row = UsageParts.Observed($"{index}");
            (row.Time, row.KeyId, row.UserId, row.Provider) = (time, "key", index == 2 ? null : "ada", "openai");
            (row.KeyLine, row.SharedBudgets) = index == 1 ? ("line", "all staff") : (null, index == 0 ? "staff" : null);
            rows.Add(row);
        }

        await new UsageRepository(Store, UsageHarness.CostOf).WriteAsync(rows, CancellationToken.None);
        var (week, day) = (BudgetPeriod.Week.IdAt(monday), BudgetPeriod.Day.IdAt(monday));
        await using var context = Store.Open();
        await context
            .Spends.Where(spend =>
                (spend.PeriodId >= BudgetPeriods.FirstWeek && spend.PeriodId < week)
                || (spend.PeriodId >= BudgetPeriods.FirstDay && spend.PeriodId < day)
            )
            .ExecuteDeleteAsync();
        var written = (await UsageState.ReadAsync(Store)).ShortSpends;
        await context.Spends.Where(spend => spend.PeriodId >= BudgetPeriods.FirstWeek).ExecuteDeleteAsync();

        var folder = context.Database.IsSqlite() ? "Sqlite" : "Postgres";
        await context.Database.ExecuteSqlRawAsync(SqlFile.Read($"{folder}/Migrations/budget_periods_spends.sql"));

        Assert.Equal(written, (await UsageState.ReadAsync(Store)).ShortSpends);
        Assert.InRange(written.Count, 10, 20);
    }

    [RequiresStoreFact]
    public async Task BudgetsOfAWeekAndADay_CountTheirOwnSpend()
    {
        var user = await AddUserAsync();
        var set = new SetBudget(Store, Time);
        foreach (var (period, limit) in new[] { (BudgetPeriod.Day, 5), (BudgetPeriod.Week, 6), (BudgetPeriod.Month, 7) })
        {
            Assert.Null((await set.RunAsync(new(BudgetScope.User, "ada", period), new(limit), null, CancellationToken.None)).Refusal);
        }

        await using (var context = Store.Open())
        {
            foreach (var (period, micros) in new[] { (BudgetPeriod.Day, 1), (BudgetPeriod.Week, 2), (BudgetPeriod.Month, 3) })
            {
                context.Spends.Add(
                    new()
                    {
                        Scope = BudgetScope.User,
                        SubjectId = user.Id,
                        PeriodId = period.IdAt(Time.GetUtcNow()),
                        Micros = micros,
                    }
                );
            }

            await context.SaveChangesAsync();
        }

        string[] expected = ["Month 3/7", "Week 2/6", "Day 1/5"];
        using var reader = new BudgetReader(Another, Time);
        Assert.Equal(
            expected,
            (await reader.ReadAsync(new(user.Id, null), CancellationToken.None)).Limits.Select(limit =>
                $"{BudgetPeriods.Of(limit.Name.PeriodId)} {limit.SpentMicros}/{limit.LimitMicros}"
            )
        );
        Assert.Equal(
            expected,
            (await new ListBudgets(Another, Time).RunAsync(new(), CancellationToken.None)).Value.Items.Select(one =>
                $"{one.Budget.Period} {one.SpentMicros}/{one.Budget.LimitMicros}"
            )
        );
        Assert.Equal(
            expected,
            (await new ListOwnBudgets(Another, Time).RunAsync(user.Id, CancellationToken.None)).Select(one =>
                $"{one.Period} {one.SpentMicros}/{one.LimitMicros}"
            )
        );
    }

    [RequiresStoreFact]
    public async Task SharedBudgetsAndLines_AreSetReadListedAndRemoved()
    {
        var user = await AddUserAsync();
        var old = (await AddKeyAsync()).Key;
        var key = (await new RotateKey(Store, _hasher, Time).RunAsync(old.Id, TimeSpan.FromHours(1), CancellationToken.None)).Value.Key;
        Assert.Null((await new CreateGroup(Store, Time).RunAsync("staff", CancellationToken.None)).Refusal);
        Assert.Null((await new AddToGroup(Store, Time).RunAsync("staff", "ada", CancellationToken.None)).Refusal);
        var set = new SetBudget(Store, Time);
        foreach (
            var (scope, subject, limit) in new[]
            {
                (BudgetScope.Group, "staff", 9),
                (BudgetScope.Shared, "staff", 20),
                (BudgetScope.Key, key.Id, 7),
                (BudgetScope.User, "https://id.example.com|ada", 3),
            }
        )
        {
            Assert.Null((await set.RunAsync(scope, subject, limit, CancellationToken.None)).Refusal);
        }

        // A row of the successor, which counts for the key line, the user and the group.
        var month = BudgetPeriod.Month.IdAt(Time.GetUtcNow());
        var row = UsageParts.Observed("d");
        (row.Time, row.KeyId, row.KeyLine, row.UserId, row.SharedBudgets, row.Provider) = (
            Time.GetUtcNow(),
            key.Id,
            key.Line,
            user.Id,
            "staff",
            "openai"
        );
        await new UsageRepository(Store, UsageHarness.CostOf).WriteAsync([row], CancellationToken.None);
        var cost = UsageHarness.CostOf(UsageRow.From(row))!.Value;

        using var reader = new BudgetReader(Another, Time);
        Assert.Equal(
            [
                new BudgetLimit(new(BudgetScope.User, user.Id, month), new(BudgetScope.Group, "staff"), 9, cost),
                new(new(BudgetScope.Key, old.Id, month), new(BudgetScope.Key, old.Id), 7, cost),
                new(new(BudgetScope.Shared, "staff", month), new(BudgetScope.Shared, "staff"), 20, cost),
            ],
            (await reader.ReadAsync(new(user.Id, key.Line), CancellationToken.None)).Limits
        );
        Assert.Equal(3, (await reader.ReadAsync(new("https://id.example.com|ada", null, 5), CancellationToken.None)).LimitMicros);

        var listed = (await new ListBudgets(Another, Time).RunAsync(new(), CancellationToken.None)).Value.Items;
        Assert.Equal(
            [
                (BudgetScope.User, "https://id.example.com|ada", null, (long?)0, (long?)3),
                (BudgetScope.Group, "staff", null, null, null),
                (BudgetScope.Key, old.Id, "a key", cost, Math.Max(0, 7 - cost)),
                (BudgetScope.Shared, "staff", null, cost, Math.Max(0, 20 - cost)),
            ],
            listed.Select(one => (one.Budget.Scope, one.Budget.SubjectId, one.Name, one.SpentMicros, one.LeftMicros))
        );
        Assert.Null((await new RemoveBudget(Store, Time).RunAsync(BudgetScope.Shared, "staff", CancellationToken.None)).Refusal);
        Assert.Equal(
            "unknown_budget",
            (await new RemoveBudget(Another, Time).RunAsync(BudgetScope.Shared, "staff", CancellationToken.None)).Refusal?.Code
        );
        Assert.Equal(2, (await reader.ReadAsync(new(user.Id, key.Line), CancellationToken.None)).Limits.Count);
    }

    [RequiresStoreFact]
    public async Task TenantsAppsMembersGroupsAndAssertionKeys_ReadBackAsWritten()
    {
        var user = await AddUserAsync();
        var now = Instant.Now(Time);
        await using (var context = Store.Open())
        {
            context.Tenants.Add(new() { Id = "t", CreatedAt = now });
            context.Apps.Add(
                new()
                {
                    Id = "a",
                    TenantId = "t",
                    Mode = "private",
                    Status = AppStatus.Disabled,
                    CreatedAt = now,
                }
            );
            context.Members.Add(
                new()
                {
                    TenantId = "t",
                    UserId = user.Id,
                    Role = "owner",
                    CreatedAt = now,
                }
            );
            context.Groups.Add(new() { Id = "g", CreatedAt = now });
            context.GroupMembers.Add(new() { GroupId = "g", UserId = user.Id });
            context.AssertionKeys.Add(
                new()
                {
                    Period = 0,
                    KeyId = "k0",
                    Sealed = [1, 2],
                    CreatedAt = now,
                }
            );
            await context.SaveChangesAsync();
        }

        await using var another = Another.Open();
        var app = await another.Apps.SingleAsync();
        Assert.Equal(("a", "t", "private", AppStatus.Disabled, now), (app.Id, app.TenantId, app.Mode, app.Status, app.CreatedAt));
        Assert.Equal("owner", (await another.Members.SingleAsync(member => member.TenantId == "t" && member.UserId == user.Id)).Role);
        Assert.Equal("g", (await another.GroupMembers.SingleAsync()).GroupId);
        var period = await another.AssertionKeys.SingleAsync();
        Assert.Equal((0, "k0"), (period.Period, period.KeyId));
        Assert.Equal([1, 2], period.Sealed);
        another.Entry(period).State = EntityState.Detached;
        another.AssertionKeys.Add(
            new()
            {
                Period = 0,
                KeyId = "k1",
                Sealed = [3],
                CreatedAt = now,
            }
        );
        Assert.True(Another.IsTaken(await Assert.ThrowsAsync<DbUpdateException>(() => another.SaveChangesAsync())));
    }

    private async Task<DbUpdateException> FailToSaveAsync(ApiKey key)
    {
        await using var context = Store.Open();
        context.ApiKeys.Add(key);
        return await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
    }
}
