using System.Net;
using System.Text.RegularExpressions;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Providers;

/// <summary>The form of an ended session or of an old proof, over a sign-in by a provider.</summary>
public sealed partial class ProviderDraftTests
{
    private const string Cookie = "__Host-authsidecar-draft";
    private const string Form = "/ui/me/api-keys";

    [Fact]
    public async Task FormOfAnEndedSession_IsShownAfterTheSignIn_ToItsPersonOnly()
    {
        await using var site = await ProviderSite.StartAsync();
        using var browser = site.Console.Open();
        await site.SignInAsync(browser, "two");
        await browser.OpenAsync(Form);
        await EndSessionsAsync(site);

        var ended = await browser.PostFormAsync(Form, new() { ["Name"] = "<b>my key</b>", ["password"] = "new-secret" });
        Assert.Equal(401, ended.Status);
        var start = await SendDraftAsync(browser, ended);
        Assert.DoesNotContain("my key", string.Join('\n', browser.SetCookies), StringComparison.Ordinal);
        Assert.DoesNotContain(Draft(ended), start.Location, StringComparison.Ordinal);
        var cookie = browser.SetCookies.Last(line => line.StartsWith(Cookie, StringComparison.Ordinal));
        Assert.All(["; secure", "; httponly", "; samesite=lax", "; path=/", "; max-age=900"], part =>
            Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase)
        );

        Assert.Equal((303, "/ui/draft"), await site.FollowAsync(browser, site.Two.SignIn(start.Location!)));
        var page = await browser.OpenAsync("/ui/draft");
        Assert.Contains($"action=\"{Form}\"", page.Text, StringComparison.Ordinal);
        Assert.Contains(WebUtility.HtmlEncode("<b>my key</b>"), page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("new-secret", page.Text, StringComparison.Ordinal);

        // Another person in this browser sees nothing of it.
        using var other = site.Console.Open();
        other.Cookies[Cookie] = browser.Cookies[Cookie];
        site.Two.Subject = "another";
        await site.SignInAsync(other, "two");
        Assert.Equal((303, "/ui/me"), Of(await other.GetAsync("/ui/draft")));
    }

    [Fact]
    public async Task FormThatNeedsANewProof_IsShownAfterIt()
    {
        await using var site = await ProviderSite.StartAsync();
        using var browser = site.Console.Open();
        site.Two.AuthenticatedAt = TimeProvider.System.GetUtcNow().AddHours(-3);
        await site.SignInAsync(browser, "two");
        await browser.OpenAsync("/ui/me/profile");

        var asked = await browser.PostFormAsync("/ui/me/profile/link?provider=one", new() { ["Note"] = "typed" });
        Assert.Equal(403, asked.Status);
        var start = await SendDraftAsync(browser, asked, "/ui/reauthenticate?handler=Provider&provider=two");
        site.Two.AuthenticatedAt = TimeProvider.System.GetUtcNow();

        Assert.Equal((303, "/ui/draft"), await site.FollowAsync(browser, site.Two.SignIn(start.Location!)));
        Assert.Contains("typed", (await browser.GetAsync("/ui/draft")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FormTooLongForTheWay_IsKeptForAPasswordOnly_AndSaid()
    {
        await using var site = await ProviderSite.StartAsync();
        using var browser = site.Console.Open();
        await site.SignInAsync(browser, "two");
        await browser.OpenAsync(Form);
        await EndSessionsAsync(site);

        var ended = await browser.PostFormAsync(Form, new() { ["Name"] = new string('x', 4000) });
        Assert.Contains("What you typed is kept if you sign in with your password", ended.Text, StringComparison.Ordinal);
        Assert.Single(DraftField().Matches(ended.Text));
        var start = await SendDraftAsync(browser, ended);

        Assert.DoesNotContain(Cookie, browser.Cookies.Keys);
        Assert.Equal((303, "/ui/me"), await site.FollowAsync(browser, site.Two.SignIn(start.Location!)));
        Assert.Equal((303, "/ui/me"), Of(await browser.GetAsync("/ui/draft")));
    }

    private static async Task<WebAnswer> SendDraftAsync(WebBrowser browser, WebAnswer page, string action = "/ui/login/two")
    {
        browser.Token = Token().Matches(page.Text).Last().Groups[1].Value;
        var answer = await browser.PostFormAsync(action, new() { ["draft"] = Draft(page), ["return"] = "" });
        Assert.True(answer.Status == 303, $"{answer.Status} {answer.Text}");
        return answer;
    }

    private static string Draft(WebAnswer page) => DraftField().Matches(page.Text).Last().Groups[1].Value;

    private static (int, string?) Of(WebAnswer answer) => (answer.Status, answer.Location);

    private static async Task EndSessionsAsync(ProviderSite site)
    {
        await using var context = site.Console.Store.Open();
        await context.Sessions.ExecuteUpdateAsync(set => set.SetProperty(session => session.EndedAt, DateTimeOffset.UnixEpoch));
    }

    [GeneratedRegex("name=\"draft\" value=\"([^\"]+)\"")]
    private static partial Regex DraftField();

    [GeneratedRegex("name=\"csrf_token\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
