using System.Web;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Providers;

/// <summary>Links, new proofs and logouts of people who sign in by a provider.</summary>
public sealed class LinkedIdentityTests : IAsyncLifetime
{
    private const string Profile = "/ui/me/profile";
    private ProviderSite _site = null!;

    public async Task InitializeAsync() => _site = await ProviderSite.StartAsync();

    public async Task DisposeAsync() => await _site.DisposeAsync();

    [Fact]
    public async Task Person_LinksAndUnlinksAnIdentity()
    {
        await _site.Console.AddPersonAsync("ada");
        using var browser = await _site.Console.LoggedInAsync("ada");
        Assert.Contains("Link your account at Provider one", (await browser.GetAsync(Profile)).Text, StringComparison.Ordinal);

        Assert.Equal((303, Profile), await LinkAsync(browser));

        using var other = _site.Console.Open();
        Assert.Equal((303, "/ui/me"), await _site.SignInAsync(other, "one"));
        Assert.Equal("ada", await ProviderSite.NameAsync(other));
        var page = await browser.OpenAsync(Profile);
        Assert.DoesNotContain("Link your account at Provider one", page.Text, StringComparison.Ordinal);
        Assert.Equal((303, Profile), await UnlinkAsync(browser));
        Assert.Equal(401, (await other.GetAsync("/auth/me")).Status);
        Assert.Equal(200, (await browser.GetAsync("/auth/me")).Status);
        Assert.Equal("/ui/sign-in-failed?reason=not_linked&provider=one", (await _site.SignInAsync(other, "one")).Item2);
        await using var context = _site.Console.Store.Open();
        Assert.Equal(
            ["identity.created", "identity.deleted"],
            await context
                .AuditEvents.Where(row => row.TargetKind == "identity" && row.ActorName == "ada")
                .Select(row => row.Action)
                .ToListAsync()
        );
    }

    [Fact]
    public async Task Link_NeedsAFreshProof_ItsOwnSession_AndAFreeIdentity()
    {
        await _site.LinkAsync(await _site.Console.AddPersonAsync("bob"), _site.One);
        await _site.Console.AddPersonAsync("ada");
        using var browser = await _site.Console.LoggedInAsync("ada");

        Assert.Equal((303, "/ui/sign-in-failed?reason=identity_taken&provider=one"), await LinkAsync(browser));

        // The session ends, or another person's begins, before the browser comes back.
        _site.One.Subject = "free";
        await browser.OpenAsync($"{Profile}/link?provider=one");
        var start = await browser.PostFormAsync($"{Profile}/link?provider=one", []);
        await browser.LogInAsync("bob", ConsoleHost.Password);
        Assert.Equal(
            (303, "/ui/sign-in-failed?reason=session_ended&provider=one"),
            await _site.FollowAsync(browser, _site.One.SignIn(start.Location!))
        );

        await AgeSessionsAsync();
        Assert.StartsWith(
            "/ui/reauthenticate",
            (await browser.GetAsync($"{Profile}/link?provider=one")).Location,
            StringComparison.Ordinal
        );
        Assert.Equal(403, (await browser.PostFormAsync($"{Profile}/link?provider=one", [])).Status);
        await using var context = _site.Console.Store.Open();
        Assert.Equal(["subject-1"], await context.UserIdentities.Select(row => row.Subject).ToListAsync());
    }

    [Fact]
    public async Task Admin_LinksAndUnlinksAnIdentityOfAUser()
    {
        await _site.Console.AddPersonAsync("root", UserRole.Admin);
        var bob = await _site.Console.AddPersonAsync("bob");
        using var admin = await _site.Console.LoggedInAsync("root");
        await admin.OpenAsync($"/ui/admin/users/{bob}/link");
        var fields = new Dictionary<string, string> { ["Issuer"] = _site.One.Issuer, ["Subject"] = _site.One.Subject };
        Assert.Equal((303, $"/ui/admin/users/{bob}"), Redirect(await admin.PostFormAsync($"/ui/admin/users/{bob}/link", fields)));

        using var browser = _site.Console.Open();
        Assert.Equal((303, "/ui/me"), await _site.SignInAsync(browser, "one"));
        Assert.Equal("bob", await ProviderSite.NameAsync(browser));
        var page = await admin.GetAsync($"/ui/admin/users/{bob}");
        Assert.Contains($"/ui/admin/users/{bob}/unlink?", page.Text, StringComparison.Ordinal);
        fields["Issuer"] = "https://another.example";
        Assert.Equal(400, (await admin.PostFormAsync($"/ui/admin/users/{bob}/link", fields)).Status);
        Assert.Equal(403, (await browser.GetAsync($"/ui/admin/users/{bob}/link")).Status);

        await admin.OpenAsync($"/ui/admin/users/{bob}/unlink?{Query(_site.One)}");
        var unlinked = await admin.PostFormAsync($"/ui/admin/users/{bob}/unlink", Fields(_site.One));
        Assert.Equal((303, $"/ui/admin/users/{bob}"), Redirect(unlinked));
        Assert.Equal(401, (await browser.GetAsync("/auth/me")).Status);
    }

    [Fact]
    public async Task OnlyWayToSignIn_StaysLinked()
    {
        using var browser = _site.Console.Open();
        await _site.SignInAsync(browser, "two");
        await browser.OpenAsync($"{Profile}/unlink?{Query(_site.Two)}");

        var answer = await browser.PostFormAsync($"{Profile}/unlink", Fields(_site.Two));

        Assert.Equal(409, answer.Status);
        Assert.Contains("only way to sign in", answer.Text, StringComparison.Ordinal);
        Assert.Equal((303, "/ui/me"), await _site.SignInAsync(browser, "two"));
    }

    [Fact]
    public async Task NewProof_IsANewLoginOfTheSamePerson()
    {
        using var browser = _site.Console.Open();
        _site.Two.AuthenticatedAt = TimeProvider.System.GetUtcNow().AddHours(-3);
        await _site.SignInAsync(browser, "two");
        Assert.Equal(303, (await browser.GetAsync("/ui/me/profile/link?provider=one")).Status);
        var page = await browser.OpenAsync("/ui/reauthenticate?return=%2Fui%2Fme%2Fprofile");
        Assert.Contains("Confirm with Provider two", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("type=\"password\"", page.Text, StringComparison.Ordinal);

        // The provider did not ask, does not say when, or asked another person.
        Assert.Equal("/ui/sign-in-failed?reason=not_fresh&provider=two", await ProveAsync(browser));
        _site.Two.AuthenticatedAt = null;
        Assert.Equal("/ui/sign-in-failed?reason=not_fresh&provider=two", await ProveAsync(browser));
        (_site.Two.AuthenticatedAt, _site.Two.Subject) = (TimeProvider.System.GetUtcNow(), "another");
        Assert.Equal("/ui/sign-in-failed?reason=other_person&provider=two", await ProveAsync(browser));
        Assert.Equal(303, (await browser.GetAsync("/ui/me/profile/link?provider=one")).Status);

        _site.Two.Subject = "subject-1";
        Assert.Equal("/ui/me/profile", await ProveAsync(browser));
        Assert.Equal(200, (await browser.GetAsync("/ui/me/profile/link?provider=one")).Status);
    }

    [Fact]
    public async Task Logout_EndsTheProvidersSessionToo_AndOnlyForThem()
    {
        await _site.Console.AddPersonAsync("ada");
        using var browser = _site.Console.Open();
        await _site.SignInAsync(browser, "two");
        await browser.OpenAsync(Profile);

        var answer = await browser.PostFormAsync("/ui/logout", []);

        Assert.Equal(303, answer.Status);
        var query = HttpUtility.ParseQueryString(new Uri(answer.Location!).Query);
        Assert.StartsWith($"{_site.Two.Issuer}/logout?", answer.Location, StringComparison.Ordinal);
        Assert.Equal(
            (ScriptedProvider.ClientId, $"{ProviderSite.PublicUrl}/ui/login"),
            (query["client_id"], query["post_logout_redirect_uri"])
        );
        Assert.Equal(401, (await browser.GetAsync("/auth/me")).Status);
        using var ada = await _site.Console.LoggedInAsync("ada");
        await ada.OpenAsync(Profile);
        Assert.Equal("/ui/login", (await ada.PostFormAsync("/ui/logout", [])).Location);
    }

    [Fact]
    public async Task BackChannelLogout_EndsTheSessionsOfThePerson_Once()
    {
        using var browser = _site.Console.Open();
        using var other = _site.Console.Open();
        await _site.SignInAsync(browser, "two");
        _site.Two.Subject = "subject-2";
        await _site.SignInAsync(other, "two");
        var token = _site.Two.LogoutToken(claims => claims["sub"] = "subject-1");

        Assert.Equal(200, (await _site.LogOutAtProviderAsync("two", token)).Status);

        Assert.Equal(401, (await browser.GetAsync("/auth/me")).Status);
        Assert.Equal(200, (await other.GetAsync("/auth/me")).Status);
        _site.Two.Subject = "subject-1";
        await _site.SignInAsync(browser, "two");
        Assert.Equal("400 invalid_request", (await _site.LogOutAtProviderAsync("two", token)).Problem);
        Assert.Equal(200, (await browser.GetAsync("/auth/me")).Status);

        // By the provider's session alone.
        var session = _site.Two.LogoutToken(claims =>
        {
            claims.Remove("sub");
            claims["sid"] = "provider-session-of-subject-1";
        });
        Assert.Equal(200, (await _site.LogOutAtProviderAsync("two", session)).Status);
        Assert.Equal(401, (await browser.GetAsync("/auth/me")).Status);
    }

    [Fact]
    public async Task InvalidLogoutToken_EndsNothing()
    {
        using var browser = _site.Console.Open();
        await _site.SignInAsync(browser, "two");
        var old = TimeProvider.System.GetUtcNow().AddMinutes(-20).ToUnixTimeSeconds();
        string[] tokens =
        [
            "",
            "x.y.z",
            _site.Two.LogoutToken(claims => claims["aud"] = "another"),
            _site.Two.LogoutToken(claims => claims["iss"] = _site.One.Issuer),
            _site.Two.LogoutToken(claims => claims["nonce"] = "x"),
            _site.Two.LogoutToken(claims => claims.Remove("events")),
            _site.Two.LogoutToken(claims => claims["events"] = new System.Text.Json.Nodes.JsonObject()),
            _site.Two.LogoutToken(claims => claims.Remove("jti")),
            _site.Two.LogoutToken(claims => claims.Remove("sub")),
            _site.Two.LogoutToken(claims => claims.Remove("iat")),
            _site.Two.LogoutToken(claims => claims["iat"] = old),
            _site.Two.LogoutToken(claims => claims["exp"] = old),
            _site.One.LogoutToken(claims => claims["iss"] = _site.Two.Issuer),
        ];

        foreach (var token in tokens)
        {
            Assert.Equal("400 invalid_request", (await _site.LogOutAtProviderAsync("two", token)).Problem);
        }

        Assert.Equal(200, (await browser.GetAsync("/auth/me")).Status);
    }

    private async Task<(int, string?)> LinkAsync(WebBrowser browser)
    {
        await browser.OpenAsync($"{Profile}/link?provider=one");
        var start = await browser.PostFormAsync($"{Profile}/link?provider=one", []);
        Assert.True(start.Status == 303, $"{start.Status} {start.Text}");
        return await _site.FollowAsync(browser, _site.One.SignIn(start.Location!));
    }

    private async Task<(int, string?)> UnlinkAsync(WebBrowser browser)
    {
        await browser.OpenAsync($"{Profile}/unlink?{Query(_site.One)}");
        var answer = await browser.PostFormAsync($"{Profile}/unlink", Fields(_site.One));
        return (answer.Status, answer.Location);
    }

    private async Task<string?> ProveAsync(WebBrowser browser)
    {
        await browser.OpenAsync("/ui/reauthenticate");
        var start = await browser.PostFormAsync(
            "/ui/reauthenticate?handler=Provider&provider=two",
            new() { ["return"] = "/ui/me/profile" }
        );
        Assert.True(start.Status == 303, $"{start.Status} {start.Text}");
        var query = HttpUtility.ParseQueryString(new Uri(start.Location!).Query);
        Assert.Equal(("login", "0"), (query["prompt"], query["max_age"]));
        return (await _site.FollowAsync(browser, _site.Two.SignIn(start.Location!))).Item2;
    }

    private static (int, string?) Redirect(WebAnswer answer) => (answer.Status, answer.Location);

    private async Task AgeSessionsAsync()
    {
        await using var context = _site.Console.Store.Open();
        var old = TimeProvider.System.GetUtcNow().AddHours(-1);
        await context.Sessions.ExecuteUpdateAsync(set => set.SetProperty(session => session.AuthenticatedAt, old));
        await context.UserCredentials.ExecuteUpdateAsync(set => set.SetProperty(credential => credential.UpdatedAt, old));
    }

    private static string Query(ScriptedProvider provider) =>
        $"issuer={Uri.EscapeDataString(provider.Issuer)}&subject={Uri.EscapeDataString(provider.Subject)}";

    private static Dictionary<string, string> Fields(ScriptedProvider provider) =>
        new() { ["issuer"] = provider.Issuer, ["subject"] = provider.Subject };
}
