using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pricing;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
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
            NewRow("device", now, now + KeyStatuses.Soon + TimeSpan.FromMinutes(-1), client: "tool"),
            NewRow("past", now, now.AddSeconds(-1)),
            NewRow("final", now, now.AddDays(1), key => key.ExpiredAt = now),
            NewRow("revoked", now, now.AddDays(-1), key => key.RevokedAt = now)
        );
        var list = new ListKeys(Another, Time);

        Assert.Equal("device edge plain", await IdsAsync(new() { Status = KeyStatus.Active }));
        Assert.Equal("soon", await IdsAsync(new() { Status = KeyStatus.Expiring }));
        Assert.Equal("final past", await IdsAsync(new() { Status = KeyStatus.Expired }));
        Assert.Equal("revoked", await IdsAsync(new() { Status = KeyStatus.Revoked }));
        Assert.Equal("device soon", await IdsAsync(new() { Expiring = TimeSpan.FromDays(14) }));
        Assert.Equal("device edge soon", await IdsAsync(new() { Expiring = TimeSpan.FromDays(15) }));
        Assert.Equal("", await IdsAsync(new() { Expiring = TimeSpan.Zero }));
        Assert.Equal("device edge", await IdsAsync(new() { Expiring = TimeSpan.FromDays(15), Status = KeyStatus.Active }));
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

    [RequiresStoreFact]
    public async Task GroupsTenantsAppsAndMembers_AreListedInTheOrderOfTheirBytes_AndPaged()
    {
        await AddTenancyAsync("b", "é", "a", "C", "_", "A b", "ab");

        Assert.Equal(
            "G 1 Z 0 _ 0 g 7",
            await AllAsync<ListedGroup>(
                filter => new ListGroups(Another).RunAsync(new() { Take = filter.Take, After = filter.After }, CancellationToken.None),
                group => $"{group.Id} {group.Members}"
            )
        );
        Assert.Equal(
            "A b|C|_|a|ab|b|é",
            await AllAsync<ListedGroupMember>(
                filter => new ListGroupMembers(Another).RunAsync("g", filter, CancellationToken.None),
                member => member.User,
                "|"
            )
        );
        Assert.Equal(
            "T 0 1 t 2 7",
            await AllAsync<ListedTenant>(
                filter => new ListTenants(Another).RunAsync(filter, CancellationToken.None),
                tenant => $"{tenant.Id} {tenant.Apps} {tenant.Members}"
            )
        );
        Assert.Equal(
            "A a",
            await AllAsync<App>(
                filter => new ListApps(Another).RunAsync(new() { Take = filter.Take, After = filter.After }, CancellationToken.None),
                app => app.Id
            )
        );
        Assert.Equal(
            "T b member|t A b member|t C member|t _ member|t a member|t ab member|t b owner|t é member",
            await AllAsync<ListedMember>(
                filter => new ListMembers(Another).RunAsync(new() { Take = filter.Take, After = filter.After }, CancellationToken.None),
                member => $"{member.Tenant} {member.User} {member.Role}",
                "|"
            )
        );
    }

    [RequiresStoreFact]
    public async Task GroupsTenantsAppsAndMembers_AreFiltered()
    {
        await AddTenancyAsync("ada", "bob");
        var (groups, members, apps) = (new ListGroups(Another), new ListMembers(Another), new ListApps(Another));

        Assert.Equal(["G", "g"], await IdsAsync(groups.RunAsync(new() { User = "ada" }, CancellationToken.None), group => group.Id));
        Assert.Equal(["g"], await IdsAsync(groups.RunAsync(new() { User = "bob" }, CancellationToken.None), group => group.Id));
        Assert.Equal(["Z"], await IdsAsync(groups.RunAsync(new() { Query = "z" }, CancellationToken.None), group => group.Id));
        Assert.Equal(["T", "t"], await IdsAsync(members.RunAsync(new() { User = "ada" }, CancellationToken.None), one => one.Tenant));
        Assert.Equal(["ada"], await IdsAsync(members.RunAsync(new() { Tenant = "T" }, CancellationToken.None), one => one.User));
        Assert.Equal(["bob"], await IdsAsync(members.RunAsync(new() { Query = "BOB" }, CancellationToken.None), one => one.User));
        Assert.Equal(["A", "a"], await IdsAsync(apps.RunAsync(new() { Tenant = "t" }, CancellationToken.None), app => app.Id));
        Assert.Equal([], await IdsAsync(apps.RunAsync(new() { Tenant = "T" }, CancellationToken.None), app => app.Id));
        Assert.Equal("unknown_user", (await groups.RunAsync(new() { User = "eve" }, CancellationToken.None)).Refusal?.Code);
        Assert.Equal("unknown_user", (await members.RunAsync(new() { User = "a\0" }, CancellationToken.None)).Refusal?.Code);
        Assert.Equal("unknown_tenant", (await members.RunAsync(new() { Tenant = "x" }, CancellationToken.None)).Refusal?.Code);
        Assert.Equal("unknown_tenant", (await apps.RunAsync(new() { Tenant = "x" }, CancellationToken.None)).Refusal?.Code);
        Assert.Equal("invalid_argument", (await apps.RunAsync(new() { Tenant = "\0" }, CancellationToken.None)).Refusal?.Code);
        foreach (var group in new[] { "x", "\0", "\ud800", "" })
        {
            Assert.Equal(
                "unknown_group",
                (await new ListGroupMembers(Another).RunAsync(group, new(), CancellationToken.None)).Refusal?.Code
            );
            Assert.Equal(
                "unknown_group_member",
                (await new RemoveFromGroup(Another, Time).RunAsync(group, "ada", CancellationToken.None)).Refusal?.Code
            );
        }

        static async Task<IEnumerable<string>> IdsAsync<T>(Task<Outcome<Page<T>>> list, Func<T, string> id) =>
            (await list).Value.Items.Select(id);
    }

    [RequiresStoreFact]
    public async Task MemberOfAGroup_IsRemovedByOneOfManyWriters()
    {
        await AddTenancyAsync("ada");

        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(number =>
                    Task.Run(() =>
                        new RemoveFromGroup(number % 2 == 0 ? Store : Another, Time).RunAsync("g", "ada", CancellationToken.None)
                    )
                )
        );

        Assert.Equal("ada", Assert.Single(outcomes, outcome => outcome.Refusal is null).Value.User?.Name);
        Assert.All(outcomes.Where(outcome => outcome.Refusal is not null), outcome =>
            Assert.Equal("unknown_group_member", outcome.Refusal!.Code)
        );
        await using var context = Another.Open();
        Assert.Equal("G", Assert.Single(context.GroupMembers).GroupId);

        // Of its creation, two additions and one removal.
        Assert.Equal(4, context.Invalidations.Count(row => row.UserId != null && row.TenantId == null));
    }

    [RequiresStoreFact]
    public async Task Prices_AreListedByState_AndPaged()
    {
        var now = Time.GetUtcNow();
        await using (var context = Store.Open())
        {
            foreach (
                var (provider, model, days) in new[]
                {
                    ("openai", "gpt-5*", -20),
                    ("openai", "gpt-5*", -10),
                    ("openai", "gpt-5*", 10),
                    ("openai", "gpt-5-mini", -1),
                    ("openai", "later", 1),
                    ("anthropic", "claude-*", -1),
                }
            )
            {
                context.Prices.Add(
                    new()
                    {
                        Provider = provider,
                        Model = model,
                        From = Instant.Truncate(now.AddDays(days)),
                        Input = days,
                    }
                );
            }

            await context.SaveChangesAsync();
        }

        const string Current = "claude-* Current|gpt-5* Current|gpt-5-mini Current";
        Assert.Equal(Current, await ListAsync(new()));
        Assert.Equal(
            "claude-* Current|gpt-5* Former|gpt-5* Current|gpt-5* Future|gpt-5-mini Current|later Future",
            await ListAsync(new() { All = true })
        );
        Assert.Equal("gpt-5* Current|gpt-5-mini Current", await ListAsync(new() { Provider = "openai" }));
        Assert.Equal("gpt-5* Current|gpt-5-mini Current", await ListAsync(new() { Model = "gpt-*" }));
        Assert.Equal("gpt-5* Current", await ListAsync(new() { Model = "gpt-5-nano" }));
        Assert.Equal(Current, await ListAsync(new() { Model = "*" }));
        Assert.Equal("claude-* Current", await ListAsync(new() { Query = "ANTHROPIC" }));
        Assert.Equal("", await ListAsync(new() { Provider = "OpenAI" }));

        Task<string> ListAsync(PriceFilter wanted) =>
            AllAsync<ListedPrice>(
                filter =>
                    new ListPrices(Another, Time).RunAsync(
                        wanted with
                        {
                            Take = filter.Take,
                            After = filter.After,
                        },
                        CancellationToken.None
                    ),
                one => $"{one.Price.Model} {one.State}",
                "|"
            );
    }

    /// <summary>Reads a list whole and in pages of two, which must be the same.</summary>
    private static async Task<string> AllAsync<T>(
        Func<ListFilter, Task<Outcome<Page<T>>>> read,
        Func<T, string> text,
        string separator = " "
    )
    {
        var whole = (await read(new())).Value;
        Assert.Equal((whole.Items.Count, false), (whole.Total, whole.HasMore));
        var paged = new List<T>();
        var after = (string?)null;
        do
        {
            var page = (await read(new() { Take = 2, After = after })).Value;
            Assert.Equal(whole.Total, page.Total);
            Assert.InRange(page.Items.Count, whole.Total == 0 ? 0 : 1, 2);
            paged.AddRange(page.Items);
            after = page.Next;
        } while (after is not null);

        Assert.Equal(whole.Items.Select(text), paged.Select(text));
        Assert.Equal(RefusalKind.Invalid, (await read(new() { After = "A" })).Refusal?.Kind);
        return string.Join(separator, whole.Items.Select(text));
    }

    private static ApiKey NewRow(
        string id,
        DateTimeOffset createdAt,
        DateTimeOffset? expiresAt,
        Action<ApiKey>? change = null,
        string? name = null,
        string? tenant = null,
        string? client = null
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
            ClientId = client,
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

    // Groups G (of the first user) and g (of all); tenants alike, and two apps.
    private async Task AddTenancyAsync(params IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            await AddUserAsync(name);
        }

        foreach (var group in new[] { "g", "_", "Z", "G" })
        {
            Assert.Null((await new CreateGroup(Store, Time).RunAsync(group, CancellationToken.None)).Refusal);
        }

        foreach (var tenant in new[] { "t", "T" })
        {
            Assert.Null((await new CreateTenant(Store, Time).RunAsync(tenant, CancellationToken.None)).Refusal);
        }

        foreach (var app in new[] { "a", "A" })
        {
            Assert.Null((await new CreateApp(Store, Time).RunAsync(new(app, "t"), CancellationToken.None)).Refusal);
        }

        foreach (var (group, tenant, name) in names.Select(name => ("g", "t", name)).Append(("G", "T", names[0])))
        {
            var role = name == "b" && tenant == "t" ? "owner" : AddMember.DefaultRole;
            Assert.Null((await new AddToGroup(Store, Time).RunAsync(group, name, CancellationToken.None)).Refusal);
            Assert.Null((await new AddMember(Store, Time).RunAsync(tenant, name, role, CancellationToken.None)).Refusal);
        }
    }
}
