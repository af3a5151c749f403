using System.Text.Json.Nodes;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Providers;

/// <summary>A console with two scripted providers: <c>one</c> links only, <c>two</c> creates accounts.</summary>
internal sealed class ProviderSite : IAsyncDisposable
{
    public const string PublicUrl = "https://console.example";
    public const string Session = "__Host-authsidecar-session";

    private ProviderSite(ScriptedProvider one, ScriptedProvider two, ConsoleHost console) => (One, Two, Console) = (one, two, console);

    public ScriptedProvider One { get; }
    public ScriptedProvider Two { get; }
    public ConsoleHost Console { get; }

    /// <param name="two">Changes the entry of <c>two</c>.</param>
    public static async Task<ProviderSite> StartAsync(Action<JsonObject>? two = null)
    {
        var (first, second) = (await ScriptedProvider.StartAsync(), await ScriptedProvider.StartAsync());
        var console = await ConsoleHost.StartAsync(settings =>
        {
            settings[nameof(Console)] = new JsonObject { ["PublicUrl"] = PublicUrl };
            settings["Login"] = new JsonArray(first.Settings("one"), second.Settings("two", login =>
                {
                    login["Create"] = true;
                    two?.Invoke(login);
                }));
        });
        return new(first, second, console);
    }

    /// <summary>Presses the button of a provider.</summary>
    /// <returns>The authorization request.</returns>
    public static async Task<string> StartAsync(WebBrowser browser, string name, string path = "")
    {
        await browser.OpenAsync("/ui/login");
        var answer = await browser.PostFormAsync($"/ui/login/{name}", new() { ["return"] = path });
        Assert.True(answer.Status == 303, $"{answer.Status} {answer.Text}");
        return answer.Location!;
    }

    /// <summary>Follows the redirect of a provider.</summary>
    /// <returns>Status and location.</returns>
    public async Task<(int, string?)> FollowAsync(WebBrowser browser, string path)
    {
        // Absolute: the OpenAPI document does not describe addresses for browsers.
        var answer = await browser.GetAsync(new Uri(Console.Address, path).AbsoluteUri);
        return (answer.Status, answer.Location);
    }

    /// <summary>A whole sign-in.</summary>
    public async Task<(int, string?)> SignInAsync(WebBrowser browser, string name, string path = "")
    {
        var provider = name == "one" ? One : Two;
        return await FollowAsync(browser, provider.SignIn(await StartAsync(browser, name, path)));
    }

    public async Task<WebAnswer> LogOutAtProviderAsync(string name, string token)
    {
        using var provider = Console.Open();
        var address = new Uri(Console.Address, $"/auth/oidc/{name}/backchannel-logout").AbsoluteUri;
        return await provider.SendAsync(
            HttpMethod.Post,
            address,
            new FormUrlEncodedContent(new Dictionary<string, string> { ["logout_token"] = token })
        );
    }

    public async Task LinkAsync(string userId, ScriptedProvider provider)
    {
        await using var context = Console.Store.Open();
        context.UserIdentities.Add(
            new()
            {
                Issuer = provider.Issuer,
                Subject = provider.Subject,
                UserId = userId,
                CreatedAt = DateTimeOffset.UnixEpoch,
            }
        );
        await context.SaveChangesAsync();
    }

    public async Task<List<User>> UsersAsync()
    {
        await using var context = Console.Store.Open();
        return await context.Users.OrderBy(user => user.CreatedAt).ToListAsync();
    }

    public static async Task<string> NameAsync(WebBrowser browser) => (string)(await browser.GetAsync("/auth/me")).Json["name"]!;

    public async ValueTask DisposeAsync()
    {
        await Console.DisposeAsync();
        await One.DisposeAsync();
        await Two.DisposeAsync();
    }
}
