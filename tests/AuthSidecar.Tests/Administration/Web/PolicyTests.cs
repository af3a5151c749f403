using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Web;

/// <summary>Which caller passes which policy, and that nothing passes without one.</summary>
public sealed class PolicyTests : IAsyncLifetime
{
    private static readonly string[] _all = [.. ConsolePolicies.All];
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private ConsoleHost _console = null!;

    public async Task InitializeAsync()
    {
        _console = await ConsoleHost.StartAsync(
            settings =>
            {
                settings["Auth"]!["Mode"] = "both";
                settings["Auth"]!["MasterKey"] = "master-key-of-the-tests-0123456789abcdef";
            },
            _time,
            replace: TestEndpoints.Add
        );
        await _console.AddPersonAsync("ada", UserRole.Admin);
        await _console.AddPersonAsync("bob");
    }

    public async Task DisposeAsync() => await _console.DisposeAsync();

    [Fact]
    public async Task Sessions()
    {
        using var admin = await _console.LoggedInAsync("ada");
        using var user = await _console.LoggedInAsync("bob");

        var ofAdmin = await AskAsync(admin);
        Assert.Equal(_all.Select(policy => policy == "any-key" ? "403 wrong_surface" : "200 "), ofAdmin);
        Assert.Equal(
            [
                "any-session 200 ",
                "session 200 ",
                "own-read 200 ",
                "own-write 200 ",
                "own-devices 200 ",
                "admin 403 admin_required",
                "admin-sudo 403 admin_required",
                "sudo 200 ",
                "any-key 403 wrong_surface",
            ],
            await AskNamedAsync(user)
        );

        _time.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));
        Assert.Equal("403 reauthentication_required", (await admin.GetAsync("/api/test/sudo")).Problem);
        Assert.Equal("403 reauthentication_required", (await admin.GetAsync("/api/test/admin-sudo")).Problem);
        Assert.Equal(200, (await admin.GetAsync("/api/test/admin")).Status);

        Assert.Equal("403 wrong_password", (await admin.PostJsonAsync("/auth/reauthenticate", new { password = "wrong" })).Problem);
        Assert.Equal(403, (await admin.GetAsync("/api/test/sudo")).Status);
        Assert.Equal(200, (await admin.PostJsonAsync("/auth/reauthenticate", new { password = ConsoleHost.Password })).Status);
        Assert.Equal(200, (await admin.GetAsync("/api/test/admin-sudo")).Status);
    }

    [Fact]
    public async Task OneTimePassword_AllowsOnlyTheNewOne()
    {
        await using (var context = _console.Store.Open())
        {
            (await context.UserCredentials.SingleAsync(credential => credential.User!.Name == "ada")).MustChange = true;
            await context.SaveChangesAsync();
        }

        using var browser = await _console.LoggedInAsync("ada");
        var answers = await AskAsync(browser);
        Assert.Equal(["200 ", .. _all[1..^1].Select(_ => "403 password_change_required"), "403 wrong_surface"], answers);
        Assert.Equal("/ui/set-password?return=%2Fui%2Ftest%2Fadmin", (await browser.GetAsync("/ui/test/admin")).Location);
        Assert.Equal(200, (await browser.GetAsync("/ui/set-password")).Status);

        var weak = await browser.PostJsonAsync("/auth/password", new Dictionary<string, string> { ["new"] = "short" });
        Assert.Equal("400 weak_password", weak.Problem);
        Assert.Equal(
            200,
            (await browser.PostJsonAsync("/auth/password", new Dictionary<string, string> { ["new"] = "nine pale wooden ladders" })).Status
        );
        Assert.Equal(200, (await browser.GetAsync("/api/test/admin")).Status);
    }

    [Fact]
    public async Task Keys()
    {
        using var client = _console.Open();
        async Task<string[]> OfAsync(string token) => await AskAsync(client, ("X-Api-Key", token));
        const string Sessions = "403 session_required";
        const string NoDevice = "403 wrong_surface";

        Assert.Equal(
            [Sessions, Sessions, "200 ", "200 ", NoDevice, "200 ", Sessions, Sessions, "200 "],
            await OfAsync(await _console.AddKeyAsync("ada", "manage"))
        );

        // "full" does not imply "manage".
        Assert.Equal(
            [Sessions, Sessions, "200 ", "403 insufficient_scope", NoDevice, "403 insufficient_scope", Sessions, Sessions, "200 "],
            await OfAsync(await _console.AddKeyAsync("ada", "full"))
        );
        Assert.Equal(
            [Sessions, Sessions, "200 ", "403 admin_required", NoDevice, "403 admin_required", Sessions, Sessions, "200 "],
            await OfAsync(await _console.AddKeyAsync("bob", "manage"))
        );
        Assert.Equal(
            [Sessions, Sessions, "403 wrong_surface", "403 wrong_surface", NoDevice, "200 ", Sessions, Sessions, "200 "],
            await OfAsync("master-key-of-the-tests-0123456789abcdef")
        );
        Assert.All(await OfAsync("x"), answer => Assert.Equal("401 invalid_token", answer));
        Assert.All(await AskAsync(client), answer => Assert.Equal("401 missing_credential", answer));
        Assert.Equal("Bearer", (await client.GetAsync("/api/test/admin")).Header("WWW-Authenticate"));
        Assert.Equal("400 ambiguous_credentials", (await client.GetAsync("/api/test/admin", ("X-Api-Key", "a, b"))).Problem);
    }

    [Theory]
    [InlineData(true, false, "admin_required")]
    [InlineData(false, true, "wrong_surface")]
    public void TenantKeysAndDevices_ManageNothing(bool tenant, bool device, string word)
    {
        var caller = new Caller(CallerKind.Key, "ada")
        {
            UserId = "1",
            KeyId = "k",
            Role = UserRole.Admin,
            Scopes = ["manage", "full"],
            IsTenantBound = tenant,
            IsDevice = device,
        };

        Assert.Equal(word, CallerRules.Refusal(ConsolePolicies.Admin, caller, default));
        Assert.Equal(word, CallerRules.Refusal(ConsolePolicies.OwnWrite, caller, default));
        Assert.Null(CallerRules.Refusal(ConsolePolicies.OwnRead, caller, default));
        Assert.NotNull(CallerRules.Refusal("a policy that does not exist", caller, default));
    }

    [Fact]
    public async Task KeyOfADisabledOrDemotedAdmin_IsRefusedAtOnce()
    {
        using var client = _console.Open();
        var token = await _console.AddKeyAsync("ada", "manage");
        Assert.Equal(200, (await client.GetAsync("/api/test/admin", ("X-Api-Key", token))).Status);
        await _console.ChangeUserAsync("ada", user => user.Role = UserRole.User);
        Assert.Equal("403 admin_required", (await client.GetAsync("/api/test/admin", ("X-Api-Key", token))).Problem);
        await _console.ChangeUserAsync("ada", user => user.Status = UserStatus.Suspended);
        Assert.Equal("401 invalid_token", (await client.GetAsync("/api/test/own-read", ("X-Api-Key", token))).Problem);
    }

    [Fact]
    public async Task EndpointWithoutAPolicy_IsRefused()
    {
        using var admin = await _console.LoggedInAsync("ada");
        var token = await _console.AddKeyAsync("ada", "manage", "full");

        Assert.Equal(403, (await admin.GetAsync("/api/test/none")).Status);
        Assert.Equal(403, (await admin.GetAsync("/api/test/none", ("X-Api-Key", token))).Status);
        Assert.Equal(403, (await admin.GetAsync("/ui/test/none")).Status);
        using var client = _console.Open();
        Assert.Equal(401, (await client.GetAsync("/api/test/none")).Status);
    }

    /// <summary>The fallback refuses the others, but an endpoint that no caller reaches is a mistake too.</summary>
    [Fact]
    public async Task EveryEndpointOfTheConsole_NamesItsPolicy()
    {
        using var client = _console.Open();
        await client.GetAsync("/ui/login");
        var endpoints = _console
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => IsOfConsole($"/{endpoint.RoutePattern.RawText?.TrimStart('/')}"))
            .ToList();

        Assert.Contains(endpoints, endpoint => endpoint.RoutePattern.RawText?.Contains("auth/login", StringComparison.Ordinal) == true);
        Assert.Equal(
            ["/api/test/none", "/ui/test/none"],
            endpoints
                .Where(endpoint =>
                    endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
                    && !endpoint
                        .Metadata.GetOrderedMetadata<IAuthorizeData>()
                        .Any(data => data.Policy is ConsolePolicies.Service || _all.Contains(data.Policy))
                )
                .Select(endpoint => endpoint.RoutePattern.RawText)
                .Distinct()
        );
    }

    [Fact]
    public async Task Actor_IsTheCaller()
    {
        using var admin = await _console.LoggedInAsync("ada");
        using var client = _console.Open();
        var token = await _console.AddKeyAsync("ada", "manage");

        Assert.Equal(("session", "ada"), ActorOf(await admin.GetAsync("/api/test/session")));
        Assert.Equal(("key", "ada"), ActorOf(await client.GetAsync("/api/test/admin", ("X-Api-Key", token))));
    }

    private static (string, string?) ActorOf(WebAnswer answer) =>
        ($"{answer.Json["actor"]!["kind"]}", (string?)answer.Json["actor"]!["name"]);

    private static bool IsOfConsole(string path) =>
        path is "/" or "/ui"
        || new[] { "/ui/", "/auth/", "/api/", "/device", "/oauth/", "/openapi/", "/.well-known/oauth" }.Any(root =>
            path.StartsWith(root, StringComparison.Ordinal)
        );

    private static async Task<string[]> AskAsync(WebBrowser browser, params (string, string)[] headers)
    {
        var answers = new List<string>();
        foreach (var policy in _all)
        {
            var answer = await browser.GetAsync($"/api/test/{policy}", headers);
            answers.Add(answer.Status == 200 ? "200 " : answer.Problem);
        }

        return [.. answers];
    }

    private static async Task<string[]> AskNamedAsync(WebBrowser browser) =>
        [.. _all.Zip(await AskAsync(browser), (policy, answer) => $"{policy} {answer}")];
}
