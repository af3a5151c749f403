using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.IntegrationTests.Storage;

public abstract partial class StoreContract
{
    [RequiresStoreFact]
    public async Task Keys_AreFilteredAlikeByStatusAndByQuery()
    {
        var now = Instant.Now(Time);
        await AddKeysAsync(
            NewRow("plain", now, null),
            NewRow("edge", now, now + KeyStatuses.Soon + TimeSpan.FromHours(1)),
            NewRow("soon", now, now + KeyStatuses.Soon - TimeSpan.FromHours(1)),
            NewRow("past", now, now.AddSeconds(-1)),
            NewRow("final", now, now.AddDays(1), key => key.ExpiredAt = now),
            NewRow("revoked", now, now.AddDays(-1), key => key.RevokedAt = now)
        );
        var list = new ListKeys(Another, Time);

        Assert.Equal("edge plain", await IdsAsync(new() { Status = KeyStatus.Active }));
        Assert.Equal("soon", await IdsAsync(new() { Status = KeyStatus.Expiring }));
        Assert.Equal("final past", await IdsAsync(new() { Status = KeyStatus.Expired }));
        Assert.Equal("revoked", await IdsAsync(new() { Status = KeyStatus.Revoked }));
        Assert.Equal("soon", await IdsAsync(new() { Expiring = TimeSpan.FromDays(14) }));
        Assert.Equal("edge soon", await IdsAsync(new() { Expiring = TimeSpan.FromDays(15) }));
        Assert.Equal("", await IdsAsync(new() { Expiring = TimeSpan.Zero }));
        Assert.Equal("edge", await IdsAsync(new() { Expiring = TimeSpan.FromDays(15), Status = KeyStatus.Active }));
        foreach (var key in (await list.RunAsync(new(), CancellationToken.None)).Value.Items)
        {
            var status = KeyStatuses.Of(key, Time.GetUtcNow());
            Assert.Contains(key.Id, (await IdsAsync(new() { Status = status })).Split(' '));
        }

        async Task<string> IdsAsync(KeyFilter filter) =>
            string.Join(' ', (await list.RunAsync(filter, CancellationToken.None)).Value.Items.Select(key => key.Id));
    }

    [RequiresStoreFact]
    public async Task Keys_AreSearchedByNameAndId_InAnyCase()
    {
        var now = Instant.Now(Time);
        await AddKeysAsync(
            NewRow("AbC1", now, null, name: "CI Runner 100%"),
            NewRow("x_yz", now, null, name: "Büro", tenant: "acme"),
            NewRow("qqqq", now, null)
        );
        var list = new ListKeys(Another, Time);

        foreach (
            var (query, found) in new[]
            {
                ("runner", "AbC1"),
                ("RUNNER", "AbC1"),
                (" ci ", "AbC1"),
                ("abc", "AbC1"),
                ("%", "AbC1"),
                ("_", "x_yz"),
                ("BüRO", "x_yz"),
                ("BÜRO", ""),
                ("*", ""),
                ("'", ""),
                ("\\", ""),
                ("", "AbC1 qqqq x_yz"),
                (" ", "AbC1 qqqq x_yz"),
            }
        )
        {
            var page = (await list.RunAsync(new() { Query = query }, CancellationToken.None)).Value;
            Assert.Equal((query, found), (query, string.Join(' ', page.Items.Select(key => key.Id))));
            Assert.Equal(page.Items.Count, page.Total);
        }

        Assert.Equal("x_yz", Assert.Single((await list.RunAsync(new() { Tenant = "acme" }, CancellationToken.None)).Value.Items).Id);
        Assert.Empty((await list.RunAsync(new() { Tenant = "acm" }, CancellationToken.None)).Value.Items);
    }

    [RequiresStoreFact]
    public async Task Keys_ArePagedInBothDirections_AlsoThoseOfOneInstant()
    {
        var now = Instant.Now(Time);
        await AddKeysAsync(
            NewRow("b", now, null),
            NewRow("a", now, null),
            NewRow("B", now, null),
            NewRow("old", now.AddTicks(-10), null),
            NewRow("new", now.AddTicks(10), null)
        );
        var list = new ListKeys(Another, Time);

        Assert.Equal(["old B", "a b", "new"], await PagesAsync(new() { Take = 2 }));
        Assert.Equal(["new b", "a B", "old"], await PagesAsync(new() { Take = 2, NewestFirst = true }));
        Assert.Equal(["old B a b new"], await PagesAsync(new() { Take = 5 }));
        Assert.Equal(["old B a b new"], await PagesAsync(new()));

        async Task<List<string>> PagesAsync(KeyFilter filter)
        {
            var pages = new List<string>();
            for (var after = (string?)null; ; )
            {
                var page = (await list.RunAsync(filter with { After = after }, CancellationToken.None)).Value;
                pages.Add(string.Join(' ', page.Items.Select(key => key.Id)));
                Assert.Equal((5, page.Next is not null), (page.Total, page.HasMore));
                if ((after = page.Next) is null)
                {
                    return pages;
                }
            }
        }
    }

    [RequiresStoreFact]
    public async Task Users_AreFilteredAndPaged_TheOldestFirst()
    {
        var now = Instant.Now(Time);
        await using (var context = Store.Open())
        {
            foreach (var (name, number) in new[] { "zoe", "Ada", "bob" }.Select((name, number) => (name, number)))
            {
                context.Users.Add(
                    new()
                    {
                        Id = $"00000000-0000-0000-0000-00000000000{number}",
                        Name = name,
                        Email = number == 2 ? "Bob@Example.com" : null,
                        Role = number == 1 ? UserRole.Admin : UserRole.User,
                        Status = number == 2 ? UserStatus.Suspended : UserStatus.Active,
                        CreatedAt = now.AddSeconds(number),
                        UpdatedAt = now,
                    }
                );
            }

            await context.SaveChangesAsync();
        }

        var first = await PageAsync(new() { Take = 2 });
        Assert.Equal(("zoe Ada", 3, true), (Names(first), first.Total, first.HasMore));
        var second = await PageAsync(new() { Take = 2, After = first.Next });
        Assert.Equal(("bob", 3, false), (Names(second), second.Total, second.HasMore));
        Assert.Equal("Ada", Names(await PageAsync(new() { Role = UserRole.Admin })));
        Assert.Equal("bob", Names(await PageAsync(new() { Status = UserStatus.Suspended })));
        Assert.Equal("", Names(await PageAsync(new() { Status = UserStatus.Deleted })));
        Assert.Equal("bob", Names(await PageAsync(new() { Query = "@EXAMPLE" })));
        Assert.Equal("Ada", Names(await PageAsync(new() { Query = "aDA" })));
        Assert.Equal("Ada", Names(await PageAsync(new() { Query = "00000001" })));

        async Task<Page<User>> PageAsync(UserFilter filter) =>
            (await new ListUsers(Another).RunAsync(filter, CancellationToken.None)).Value;

        static string Names(Page<User> page) => string.Join(' ', page.Items.Select(user => user.Name));
    }

    [RequiresStoreFact]
    public async Task InvalidFilters_AreRefusedBeforeTheStoreIsAsked()
    {
        var list = new ListKeys(Another, Time);
        foreach (
            var filter in new KeyFilter[]
            {
                new() { Take = 0 },
                new() { Take = ListFilter.Most + 1 },
                new() { Query = new('a', 129) },
                new() { Query = "a\0b" },
                new() { Query = "\ud800" },
                new() { Query = "a\u202eb" },
                new() { Tenant = "a b" },
                new() { Tenant = "" },
                new() { Expiring = TimeSpan.FromTicks(-1) },
                new() { Expiring = TimeSpan.MaxValue },
                new() { After = "" },
                new() { After = "=" },
                new() { After = "AA" },
                new() { After = new('A', 5000) },
                new() { After = Cursor.Of("a") },
                new() { After = Cursor.Of("a", "b") },
                new() { After = Cursor.Of("1", "a\0") },
                new() { After = Cursor.Of("99999999999999999999", "a") },
                new() { After = Cursor.Of("9223372036854775807", "a") },
                new() { After = Cursor.Of("-1", "a") },
            }
        )
        {
            var refusal = (await list.RunAsync(filter, CancellationToken.None)).Refusal;
            Assert.Equal((filter, RefusalKind.Invalid), (filter, refusal?.Kind));
        }

        foreach (var user in new[] { "", "nobody", "a\0", "\ud800" })
        {
            Assert.Equal("unknown_user", (await list.RunAsync(new() { User = user }, CancellationToken.None)).Refusal?.Code);
        }
    }

    private static ApiKey NewRow(
        string id,
        DateTimeOffset createdAt,
        DateTimeOffset? expiresAt,
        Action<ApiKey>? change = null,
        string? name = null,
        string? tenant = null
    )
    {
        var key = new ApiKey
        {
            Id = id,
            Name = name,
            Tenant = tenant,
            Scopes = "full",
            Format = KeyFormat.Ase,
            ExternalIssuer = "https://id.example.com",
            ExternalSubject = "s",
            CreatedAt = createdAt,
            ExpiresAt = expiresAt,
        };
        change?.Invoke(key);
        return key;
    }

    private async Task AddKeysAsync(params IReadOnlyList<ApiKey> keys)
    {
        await using var context = Store.Open();
        context.ApiKeys.AddRange(keys);
        await context.SaveChangesAsync();
    }
}
