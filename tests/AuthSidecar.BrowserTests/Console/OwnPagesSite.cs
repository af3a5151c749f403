using System.Text.Json.Nodes;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>Classes that share the site.</summary>
[CollectionDefinition(OwnPagesSite.Collection)]
public sealed class OwnPagesClasses : ICollectionFixture<OwnPagesSite>;

/// <summary>A sidecar's console with people in each state, and Chromium.</summary>
public sealed class OwnPagesSite : IAsyncLifetime
{
    public const string Collection = "own pages";

    private IPlaywright? _driver;
    private IBrowser? _browser;

    internal const string Admin = "ada";

    internal const string DeviceClient = "authsidecar-cli";

    internal ConsoleHost Host { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Chromium.Problem.Length > 0)
        {
            return;
        }

        Host = await ConsoleHost.StartAsync(
            settings =>
            {
                settings["Console"] = new JsonObject { ["Keys"] = new JsonObject { ["Scopes"] = new JsonArray("llm:invoke", "app:read") } };
                settings["Device"] = new JsonObject
                {
                    ["Clients"] = new JsonArray(
                        new JsonObject
                        {
                            ["Id"] = DeviceClient,
                            ["Title"] = "AuthSidecar command line",
                            ["Scopes"] = new JsonArray("llm:invoke", "app:read"),
                        }
                    ),
                };
            },
            replace: services =>
                services.AddSingleton(
                    new DeviceSignIn("Sign in with Example ID", "You have no account in this console, but one at Example ID.", "/device")
                )
        );
        var now = DateTimeOffset.UtcNow;
        var alice = await Host.AddPersonAsync("alice");
        await ConsoleSeed.AddUsageAsync(Host.Store, alice, now);
        await ConsoleSeed.AddSessionAsync(Host.Store, alice, now);
        _ = await Host.AddPersonAsync("bob");
        _ = await Host.AddPersonAsync(Admin, UserRole.Admin);
        _driver = await Playwright.CreateAsync();
        _browser = await _driver.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
            _driver!.Dispose();
            await Host.DisposeAsync();
        }
    }

    /// <summary>A page without a session.</summary>
    internal async Task<IPage> OpenAsync(BrowserNewContextOptions options)
    {
        options.BaseURL = Host.Address.AbsoluteUri;
        var context = await _browser!.NewContextAsync(options);
        return await context.NewPageAsync();
    }

    /// <summary>A page on which the person is signed in.</summary>
    internal async Task<IPage> SignInAsync(string user, BrowserNewContextOptions options)
    {
        var page = await OpenAsync(options);
        using var client = await Host.LoggedInAsync(user);
        await page.Context.AddCookiesAsync(
            client.Cookies.Select(cookie => new Cookie
            {
                Name = cookie.Key,
                Value = cookie.Value,
                Domain = Host.Address.Host,
                Path = "/",
                Secure = true,
                HttpOnly = true,
                SameSite = SameSiteAttribute.Lax,
            })
        );
        await page.GotoAsync("/ui/me");
        return page;
    }

    /// <summary>A new person, one of whose requests was refused.</summary>
    /// <returns>The decision's id.</returns>
    internal async Task<string> AddPersonAsync(string name)
    {
        var id = await Host.AddPersonAsync(name);
        var decision = Guid.CreateVersion7().ToString("N");
        await using var context = Host.Store.Open();
        context.Usage.Add(
            new()
            {
                DecisionId = decision,
                Time = DateTimeOffset.UtcNow.AddMinutes(-1),
                UserId = id,
                Policy = "openai",
                Provider = "openai",
                Model = "gpt-5.1",
                Decision = "deny",
                Reason = "model_not_allowed",
                Outcome = "denied",
                Path = "/openai/v1/chat/completions",
                Facts = UsageFacts.Decided,
            }
        );
        await context.SaveChangesAsync();
        return decision;
    }
}
