using AuthSidecar.Administration.Pricing;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>Classes that share the site.</summary>
[CollectionDefinition(AdminPagesSite.Collection)]
public sealed class AdminPagesClasses : ICollectionFixture<AdminPagesSite>;

/// <summary>A sidecar's console with an administrator, either almost empty or with a bit of everything, and Chromium.</summary>
public sealed class AdminPagesSite : IAsyncLifetime
{
    public const string Collection = "admin pages";

    private IPlaywright? _driver;
    private IBrowser? _browser;

    internal ConsoleHost Empty { get; private set; } = null!;

    internal ConsoleHost Full { get; private set; } = null!;

    /// <summary>Id of a user in <see cref="Full"/> with usage.</summary>
    internal string Alice { get; private set; } = "";

    /// <summary>Id of a user in <see cref="Full"/> without usage.</summary>
    internal string Bob { get; private set; } = "";

    public async Task InitializeAsync()
    {
        if (Chromium.Problem.Length > 0)
        {
            return;
        }

        Empty = await ConsoleHost.StartAsync();
        _ = await Empty.AddPersonAsync("ada", UserRole.Admin);
        Full = await ConsoleHost.StartAsync();
        _ = await Full.AddPersonAsync("ada", UserRole.Admin);
        Alice = await Full.AddPersonAsync("alice");
        Bob = await Full.AddPersonAsync("bob");
        await FillAsync();
        _driver = await Playwright.CreateAsync();
        _browser = await _driver.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
            _driver!.Dispose();
            await Empty.DisposeAsync();
            await Full.DisposeAsync();
        }
    }

    /// <summary>A page without a session.</summary>
    internal async Task<IPage> OpenAsync(ConsoleHost host, BrowserNewContextOptions options)
    {
        options.BaseURL = host.Address.AbsoluteUri;
        var context = await _browser!.NewContextAsync(options);
        return await context.NewPageAsync();
    }

    /// <summary>A page on which the administrator is signed in.</summary>
    internal async Task<IPage> SignInAsync(ConsoleHost host, BrowserNewContextOptions options)
    {
        var page = await OpenAsync(host, options);
        using var client = await host.LoggedInAsync("ada");
        await page.Context.AddCookiesAsync(
            client.Cookies.Select(cookie => new Cookie
            {
                Name = cookie.Key,
                Value = cookie.Value,
                Domain = host.Address.Host,
                Path = "/",
                Secure = true,
                HttpOnly = true,
                SameSite = SameSiteAttribute.Lax,
            })
        );
        return page;
    }

    private async Task FillAsync()
    {
        var now = DateTimeOffset.UtcNow;
        await ConsoleSeed.AddUsageAsync(Full.Store, Alice, now);
        var create = Full.Services.GetRequiredService<CreateUser>();
        for (var number = 1; number <= 60; number++)
        {
            _ = (await create.RunAsync(new($"person-{number:00}") { Email = $"p{number}@example.com" }, CancellationToken.None)).Value;
        }

        await using var context = Full.Store.Open();
        var tenant = new Tenant { Id = "acme", CreatedAt = now.AddDays(-90) };
        context.Tenants.AddRange(tenant, new() { Id = "globex", CreatedAt = now.AddDays(-20) });
        context.Apps.AddRange(
            new()
            {
                Id = "support-bot",
                TenantId = "acme",
                Mode = "public",
                CreatedAt = now.AddDays(-80),
            },
            new()
            {
                Id = "old-bot",
                TenantId = "acme",
                Status = AppStatus.Disabled,
                CreatedAt = now.AddDays(-85),
            }
        );
        context.Members.AddRange(
            new()
            {
                TenantId = "acme",
                UserId = Alice,
                Role = "owner",
                CreatedAt = now.AddDays(-70),
            },
            new()
            {
                TenantId = "acme",
                UserId = Bob,
                Role = "member",
                CreatedAt = now.AddDays(-3),
            }
        );
        context.Groups.AddRange(
            new() { Id = "research", CreatedAt = now.AddDays(-60) },
            new() { Id = "sales", CreatedAt = now.AddDays(-6) }
        );
        context.GroupMembers.AddRange(new() { GroupId = "research", UserId = Alice }, new() { GroupId = "research", UserId = Bob });
        context.Budgets.AddRange(
            Budget(BudgetScope.Group, "research", 20_000_000),
            Budget(BudgetScope.Shared, "research", 200_000_000),
            Budget(BudgetScope.User, Bob, 0),
            Budget(BudgetScope.Key, "EsiSgzTdwCpQ", 12_500_000)
        );
        await context.SaveChangesAsync();
        using var prices = new StringReader(
            """
            {"provider": "openai", "model": "gpt-5.1*", "from": "2026-01-01", "input": 1250000, "output": 10000000, "cachedRead": 125000}
            {"provider": "anthropic", "model": "claude-sonnet-4-5", "from": "2026-01-01", "input": 3000000, "output": 15000000, "cachedRead": 300000, "cachedWrite": 3750000}
            """
        );
        _ = (await Full.Services.GetRequiredService<ImportPrices>().RunAsync(prices, CancellationToken.None)).Value;
    }

    private static Budget Budget(BudgetScope scope, string subject, long micros) =>
        new()
        {
            Scope = scope,
            SubjectId = subject,
            LimitMicros = micros,
            UpdatedAt = DateTimeOffset.UtcNow,
        };
}
