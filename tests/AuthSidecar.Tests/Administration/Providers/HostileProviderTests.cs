using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Providers;

/// <summary>What a provider or a stranger sends leaves the console in order.</summary>
public sealed class HostileProviderTests
{
    /// <summary>The origin becomes a part of the header Content-Security-Policy of every answer.</summary>
    [Fact]
    public async Task Document_WithALetterBeyondAscii_LeavesTheConsole()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        provider.Document = document => document["end_session_endpoint"] = "https://bücher.example/logout";
        await using var console = await ConsoleHost.StartAsync(settings =>
        {
            settings["Console"] = new JsonObject { ["PublicUrl"] = ProviderSite.PublicUrl };
            settings["Login"] = new JsonArray(provider.Settings("one"));
        });
        using var browser = console.Open();
        await browser.GetAsync("/ui/login");
        await StartAsync(console, "one");

        Assert.Equal(200, (await browser.GetAsync("/ui/login")).Status);
        Assert.NotEqual(500, (await browser.GetAsync("/device")).Status);
    }

    [Fact]
    public async Task Issuer_WithALetterBeyondAscii_LeavesTheConsole()
    {
        await using var console = await ConsoleHost.StartAsync(settings =>
        {
            settings["Console"] = new JsonObject { ["PublicUrl"] = ProviderSite.PublicUrl };
            settings["Login"] = JsonNode.Parse(
                """[{"Name":"one","Issuer":"https://bücher.invalid","ClientId":"x","ClientSecret":"a secret at the provider"}]"""
            );
        });
        using var browser = console.Open();
        await StartAsync(console, "one");

        Assert.Equal(200, (await browser.GetAsync("/ui/login")).Status);
    }

    [Theory]
    [InlineData("https://a;sandbox;@127.0.0.1/auth")]
    [InlineData("https://a,sandbox,@127.0.0.1/auth")]
    public async Task Document_AddsNoDirective_ToTheContentSecurityPolicy(string endpoint)
    {
        await using var provider = await ScriptedProvider.StartAsync();
        provider.Document = document => document["authorization_endpoint"] = endpoint;
        await using var console = await ConsoleHost.StartAsync(settings =>
        {
            settings["Console"] = new JsonObject { ["PublicUrl"] = ProviderSite.PublicUrl };
            settings["Login"] = new JsonArray(provider.Settings("one"));
        });
        await StartAsync(console, "one");
        using var browser = console.Open();

        Assert.DoesNotContain(
            "sandbox",
            (await browser.GetAsync("/ui/login")).Header("Content-Security-Policy")!,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("multipart/form-data", "x")]
    [InlineData("multipart/form-data; boundary=a", "--a\r\nContent-Disposition: form-data; name=\"logout_token\"\r\n\r\nx")]
    [InlineData("application/x-www-form-urlencoded", "%ED%A0%80=x")]
    [InlineData("application/x-www-form-urlencoded; charset=utf-7", "logout_token=x")]
    public async Task BackChannelLogout_RefusesAFormThatIsNone(string type, string body)
    {
        await using var site = await ProviderSite.StartAsync();
        using var browser = site.Console.Open();

        var answer = await browser.SendAsync(
            HttpMethod.Post,
            new Uri(site.Console.Address, "/auth/oidc/one/backchannel-logout").AbsoluteUri,
            Content(type, body)
        );

        Assert.InRange(answer.Status, 400, 499);
    }

    [Theory]
    [InlineData("application/json", "{}")]
    [InlineData("multipart/form-data", "x")]
    public async Task Start_RefusesAFormThatIsNone(string type, string body)
    {
        await using var site = await ProviderSite.StartAsync();
        using var browser = site.Console.Open();
        await browser.OpenAsync("/ui/login");

        var answer = await browser.SendAsync(HttpMethod.Post, "/ui/login/one", Content(type, body), browser.WithToken());

        Assert.InRange(answer.Status, 400, 499);
    }

    [Fact]
    public async Task ManyStarts_LeaveFewCookies()
    {
        await using var site = await ProviderSite.StartAsync();
        using var browser = site.Console.Open();

        for (var start = 0; start < 40; start++)
        {
            await ProviderSite.StartAsync(browser, "one");
        }

        Assert.InRange(browser.Cookies.Count, 2, 24);
        Assert.Equal(303, (await site.SignInAsync(browser, "two")).Item1);
    }

    [Fact]
    public async Task AdminClaim_OfAnAddress_CountsOnlyVerifiedOnes()
    {
        await using var site = await ProviderSite.StartAsync(login =>
            (login["AdminClaim"], login["AdminValue"]) = ("email", "boss@example.com")
        );
        site.Two.Claims = claims => (claims["email"], claims["email_verified"]) = ("boss@example.com", false);
        using var browser = site.Console.Open();
        await site.SignInAsync(browser, "two");
        await using var context = site.Console.Store.Open();
        Assert.Equal(UserRole.User, (await context.UserIdentities.Select(identity => identity.User).SingleAsync())!.Role);

        site.Two.Claims = claims => (claims["email"], claims["email_verified"]) = ("boss@example.com", true);
        using var later = site.Console.Open();
        await site.SignInAsync(later, "two");
        Assert.Equal(UserRole.Admin, (await context.UserIdentities.AsNoTracking().Select(identity => identity.User!.Role).SingleAsync()));
    }

    [Fact]
    public async Task Domain_IsThatOfAnAddress()
    {
        await using var site = await ProviderSite.StartAsync(login => login["Domains"] = new JsonArray("example.com"));
        site.Two.Claims = claims => (claims["email"], claims["email_verified"]) = ("a@evil.com@example.com", true);
        using var browser = site.Console.Open();

        await site.SignInAsync(browser, "two");

        await using var context = site.Console.Store.Open();
        Assert.Empty(await context.UserIdentities.ToListAsync());
    }

    // Reads the discovery document, whatever the answer is.
    private static async Task StartAsync(ConsoleHost console, string name)
    {
        using var browser = console.Open();
        await browser.SendAsync(
            HttpMethod.Post,
            new Uri(console.Address, $"/auth/oidc/{name}/backchannel-logout").AbsoluteUri,
            Content("application/x-www-form-urlencoded", "logout_token=x")
        );
    }

    private static ByteArrayContent Content(string type, string body)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return content;
    }
}
