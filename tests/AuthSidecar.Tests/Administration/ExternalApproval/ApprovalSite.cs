using System.Text.Json;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.ExternalApproval;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.ExternalApproval;

/// <summary>
/// A console with the providers <c>one</c> and <c>two</c> for people without an account, and <c>corp</c> for accounts, which is the same
/// issuer as <c>one</c>.
/// </summary>
internal sealed class ApprovalSite : IAsyncDisposable
{
    public const string Client = "tool";
    public const string Verified = "/device?sso_verified=1";
    public const string Failed = "/device?sso_error=sso_failed";
    public const string Device = "203.0.113.9";

    private ApprovalSite(ScriptedProvider one, ScriptedProvider two, ConsoleHost console, FakeTimeProvider time) =>
        (One, Two, Console, Time) = (one, two, console, time);

    public ScriptedProvider One { get; }
    public ScriptedProvider Two { get; }
    public ConsoleHost Console { get; }
    public FakeTimeProvider Time { get; }

    /// <param name="change">Changes the settings.</param>
    /// <param name="names">Names of the providers that are configured.</param>
    public static async Task<ApprovalSite> StartAsync(Action<JsonObject>? change = null, params string[] names)
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
        var (one, two) = (await ScriptedProvider.StartAsync(), await ScriptedProvider.StartAsync());
        var all = new JsonObject
        {
            ["one"] = one.Settings("one", EndUser),
            ["two"] = two.Settings("two", EndUser),
            ["corp"] = one.Settings("corp", login => login["Create"] = true),
        };
        var console = await ConsoleHost.StartAsync(
            settings =>
            {
                settings[nameof(Console)] = new JsonObject { ["PublicUrl"] = "https://console.example" };
                settings["Device"] = JsonNode.Parse(
                    $$"""{"Clients": [{"Id": "{{Client}}", "Title": "The tool", "Scopes": ["llm:invoke"]}, {"Id": "other"}]}"""
                );
                settings["Login"] = new JsonArray([
                    .. (names.Length > 0 ? names : ["one", "two", "corp"]).Select(name => all[name]!.DeepClone()),
                ]);
                change?.Invoke(settings);
            },
            time
        );
        return new(one, two, console, time);

        static void EndUser(JsonObject login) => login["For"] = "end_user";
    }

    /// <summary>The claims of a verified address.</summary>
    public static JsonObject Email(string address, bool isVerified = true) =>
        new() { ["email"] = address, ["email_verified"] = isVerified };

    public async Task<StartedGrant> BeginAsync(string label = "build-agent", string client = Client, string address = Device) =>
        (
            await Console
                .Services.GetRequiredService<StartGrant>()
                .RunAsync(new(client, label, null, address, "example/1.0"), CancellationToken.None)
        ).Value;

    /// <returns>The authorization request.</returns>
    public static async Task<string> InitiateAsync(WebBrowser browser, string code, string provider = "one")
    {
        var answer = await browser.GetAsync($"/oauth/device/sso-initiate?user_code={code}&provider={provider}");
        Assert.True(answer.Status == 303, $"{answer.Status} {answer.Text}");
        return answer.Location!;
    }

    /// <summary>Signs in for a code.</summary>
    /// <returns>The path to which the browser is led.</returns>
    public async Task<string?> SignInAsync(WebBrowser browser, string code, string provider = "one") =>
        await FollowAsync(browser, (provider == "one" ? One : Two).SignIn(await InitiateAsync(browser, code, provider)));

    public static async Task<string?> FollowAsync(WebBrowser browser, string path)
    {
        var answer = await browser.GetAsync(path);
        Assert.True(answer.Status == 303 && answer.Text.Length == 0, $"{answer.Status} {answer.Text}");
        return answer.Location;
    }

    /// <summary>A browser with the proof for a code.</summary>
    public async Task<WebBrowser> ProvedAsync(string code, string provider = "one")
    {
        var browser = Console.Open();
        Assert.Equal(Verified, await SignInAsync(browser, code, provider));
        return browser;
    }

    /// <summary>Decides by the API, with the token of the context.</summary>
    public static async Task<WebAnswer> DecideAsync(WebBrowser browser, string code, string verb = "approve")
    {
        var context = await browser.GetAsync("/oauth/device/approval-context");
        browser.Token = context.Status == 200 ? (string?)context.Json["csrf_token"] : "x";
        return await browser.PostJsonAsync($"/oauth/device/{verb}-external", new { user_code = code });
    }

    /// <summary>Collects at the next time at which it is allowed.</summary>
    public async Task<WebAnswer> PollAsync(StartedGrant started, string client = Client)
    {
        Time.Advance(TimeSpan.FromSeconds(5));
        using var device = Console.Open();
        return await device.PostFormAsync("/oauth/device/token", new() { ["device_code"] = started.DeviceCode, ["client_id"] = client });
    }

    /// <summary>A whole approval.</summary>
    /// <returns>The token's answer.</returns>
    public async Task<JsonNode> CollectAsync(string label = "build-agent", string client = Client, string provider = "one")
    {
        var started = await BeginAsync(label, client);
        using var browser = await ProvedAsync(started.UserCode, provider);
        Assert.Equal(200, (await DecideAsync(browser, started.UserCode)).Status);
        var answer = await PollAsync(started, client);
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Json;
    }

    /// <summary>Members of the proof in a cookie.</summary>
    public JsonObject Open(WebBrowser browser) => JsonNode.Parse(Protector.Unprotect(browser.Cookies[ApprovalGrants.Cookie]))!.AsObject();

    /// <summary>Replaces the proof of a browser by another, encrypted with the sidecar's key.</summary>
    public void Replace(WebBrowser browser, JsonObject proof) =>
        browser.Cookies[ApprovalGrants.Cookie] = Protector.Protect(JsonSerializer.Serialize(proof));

    public IDataProtector Protector =>
        Console.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector(ApprovalGrants.Purpose);

    public async Task<List<ApiKey>> KeysAsync()
    {
        await using var context = Console.Store.Open();
        return await context.ApiKeys.OrderBy(key => key.CreatedAt).ToListAsync();
    }

    public async Task<List<AuditEvent>> AuditAsync(string action)
    {
        await using var context = Console.Store.Open();
        return await context.AuditEvents.Where(row => row.Action == action).ToListAsync();
    }

    public async Task<GrantStatus> StatusAsync()
    {
        await using var context = Console.Store.Open();
        return (await context.DeviceGrants.SingleAsync()).Status;
    }

    public async ValueTask DisposeAsync()
    {
        await Console.DisposeAsync();
        await One.DisposeAsync();
        await Two.DisposeAsync();
    }
}
