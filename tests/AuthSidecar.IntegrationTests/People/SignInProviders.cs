using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.People;

/// <summary>Two certified OpenID providers from npm, run by node, and a console at which their people sign in.</summary>
internal sealed partial class SignInProviders : IAsyncDisposable
{
    public const string PublicUrl = "https://console.example";
    private readonly Process _process;
    private readonly Uri _control;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    private SignInProviders(Process process, JsonNode facts, ConsoleHost console)
    {
        _process = process;
        Issuers = [.. facts["issuers"]!.AsArray().Select(issuer => (string)issuer!)];
        _control = new((string)facts["control"]!);
        Console = console;
    }

    /// <summary>
    /// Issuers of <c>one</c>, which links, and <c>two</c>, which creates; and of <c>device-one</c> and <c>device-two</c> for people without
    /// an account.
    /// </summary>
    public IReadOnlyList<string> Issuers { get; }

    public ConsoleHost Console { get; }

    public static async Task<SignInProviders> StartAsync()
    {
        var (process, facts) = await NodeProgram.StartAsync("signin.mjs");
        return await WithConsoleAsync(process, facts);
    }

    /// <summary>Sets the person who signs in at a provider.</summary>
    public Task SetPersonAsync(int issuer, string subject, string email) =>
        ControlAsync(
            new JsonObject
            {
                ["issuer"] = issuer,
                ["account"] = new JsonObject
                {
                    ["sub"] = subject,
                    ["email"] = email,
                    ["email_verified"] = true,
                    ["preferred_username"] = email.Split('@')[0],
                },
            }
        );

    /// <summary>Presses the button of a provider.</summary>
    /// <returns>The authorization request.</returns>
    public static async Task<string> StartAsync(WebBrowser browser, string name)
    {
        await browser.OpenAsync("/ui/login");
        var answer = await browser.PostFormAsync($"/ui/login/{name}", []);
        Assert.True(answer.Status == 303, $"{answer.Status} {answer.Text}");
        return answer.Location!;
    }

    /// <summary>Goes through the pages of a provider as a browser does.</summary>
    /// <param name="cookies">Cookies of the provider in this browser.</param>
    /// <param name="address">The authorization request.</param>
    /// <returns>Path and query of the redirect to the console.</returns>
    public async Task<string> AtProviderAsync(Dictionary<string, string> cookies, string address)
    {
        var next = new Uri(address);
        for (var step = 0; !next.AbsoluteUri.StartsWith(PublicUrl, StringComparison.Ordinal); step++)
        {
            Assert.True(step < 10, $"The flow does not end: {next}");
            var (location, text) = await SendAsync(cookies, new(HttpMethod.Get, next));
            next = new(next, location ?? throw new InvalidOperationException($"No redirect at {next.AbsolutePath}: {text}"));
        }

        return next.PathAndQuery;
    }

    /// <summary>Confirms the logout at the provider, which waits for the answers of its clients.</summary>
    /// <param name="cookies">Cookies of the provider in this browser.</param>
    /// <param name="address">The logout request.</param>
    /// <param name="ofClientOnly">True: from the client that asks; false: from the provider and all clients.</param>
    /// <returns>The address to which it leads.</returns>
    public async Task<string?> ConfirmLogoutAsync(Dictionary<string, string> cookies, string address, bool ofClientOnly = false)
    {
        var (_, page) = await SendAsync(cookies, new(HttpMethod.Get, address));
        var fields = new Dictionary<string, string> { ["xsrf"] = Secret().Match(page).Groups[1].Value };
        if (!ofClientOnly)
        {
            fields["logout"] = "yes";
        }

        var target = new Uri(Target().Match(page).Groups[1].Value);
        return (await SendAsync(cookies, new(HttpMethod.Post, target) { Content = new FormUrlEncodedContent(fields) })).Location;
    }

    /// <returns>Back-channel logouts of a provider so far, each as client and the status that the console answered.</returns>
    public async Task<IReadOnlyList<string>> LogoutsAsync(int issuer)
    {
        var answer = await ControlAsync(new JsonObject { ["issuer"] = issuer });
        return [.. answer["logouts"]!.AsArray().Select(logout => (string)logout!)];
    }

    /// <summary>Follows the redirect of a provider.</summary>
    public async Task<string?> FollowAsync(WebBrowser browser, string path) =>
        (await browser.GetAsync(new Uri(Console.Address, path).AbsoluteUri)).Location;

    public async ValueTask DisposeAsync()
    {
        await Console.DisposeAsync();
        _http.Dispose();
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(NodeProgram.Patience);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
    }

    private static async Task<SignInProviders> WithConsoleAsync(Process process, JsonNode facts)
    {
        var console = await ConsoleHost.StartAsync(settings =>
        {
            settings[nameof(Console)] = new JsonObject { ["PublicUrl"] = PublicUrl };
            settings["Device"] = new JsonObject { ["Clients"] = new JsonArray(new JsonObject { ["Id"] = "tool" }) };
            settings["Login"] = new JsonArray(
                Login(facts, 0, "one"),
                Login(facts, 1, "two"),
                EndUser(facts, 0, "device-one"),
                EndUser(facts, 1, "device-two")
            );
        });
        var site = new SignInProviders(process, facts, console);
        foreach (var (issuer, name) in new[] { (0, "one"), (1, "two") })
        {
            await site.ControlAsync(
                new JsonObject
                {
                    ["issuer"] = issuer,
                    ["client"] = new JsonObject
                    {
                        ["redirect_uris"] = new JsonArray(
                            $"{PublicUrl}/auth/oidc/{name}/callback",
                            $"{PublicUrl}/oauth/device/sso-complete/device-{name}"
                        ),
                        ["post_logout_redirect_uris"] = new JsonArray($"{PublicUrl}/ui/login"),
                        ["backchannel_logout_uri"] = new Uri(console.Address, $"/auth/oidc/{name}/backchannel-logout").AbsoluteUri,
                        ["backchannel_logout_session_required"] = true,
                    },
                }
            );
        }

        return site;
    }

    private static JsonObject Login(JsonNode facts, int issuer, string name) =>
        new()
        {
            ["Name"] = name,
            ["Issuer"] = (string)facts["issuers"]![issuer]!,
            ["ClientId"] = "console",
            ["ClientSecret"] = "console-secret",
            ["Create"] = issuer == 1,
        };

    private static JsonObject EndUser(JsonNode facts, int issuer, string name)
    {
        var login = Login(facts, issuer, name);
        (login["Create"], login["For"]) = (false, "end_user");
        return login;
    }

    private async Task<JsonNode> ControlAsync(JsonObject command)
    {
        using var response = (await _http.PostAsJsonAsync(_control, command)).EnsureSuccessStatusCode();
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    private async Task<(string? Location, string Text)> SendAsync(Dictionary<string, string> cookies, HttpRequestMessage request)
    {
        using var owned = request;
        request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        using var response = await _http.SendAsync(request);
        foreach (var cookie in response.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
        {
            var pair = cookie.Split(';')[0].Split('=', 2);
            cookies[pair[0]] = pair[1];
        }

        return (response.Headers.Location?.OriginalString, await response.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("name=\"xsrf\" value=\"([^\"]+)\"")]
    private static partial Regex Secret();

    [GeneratedRegex("action=\"([^\"]+)\"")]
    private static partial Regex Target();
}
