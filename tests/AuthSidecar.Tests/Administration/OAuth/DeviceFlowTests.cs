using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.OAuth;

/// <summary>Start, polling, lookup and decision over HTTP.</summary>
public sealed class DeviceFlowTests : IAsyncLifetime
{
    private OAuthHost _host = null!;

    public async Task InitializeAsync() => _host = await OAuthHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("/oauth/device")]
    [InlineData("/openapi/v1/oauth/device")]
    public async Task Start_AnswersWithTheCodes(string prefix)
    {
        var form = await _host.PostAsync(
            $"{prefix}/code?client_id=ignored",
            ("client_id", "tool"),
            ("device_label", "a laptop"),
            ("scope", ""),
            ("unknown", "ignored")
        );
        var json = await _host.PostTextAsync(
            $"{prefix}/code",
            """{"client_id":"tool","device_label":"a laptop","scope":null,"more":{"a":[1]}}"""
        );
        foreach (var answer in new[] { form, json })
        {
            Assert.Equal((200, "no-store", "no-cache"), (answer.Status, answer.Header("Cache-Control"), answer.Header("Pragma")));
            var (device, user) = ((string)answer.Json["device_code"]!, (string)answer.Json["user_code"]!);
            Assert.Matches("^dc_[A-Za-z0-9_-]{32}$", device);
            Assert.Matches("^[BCDFGHJKLMNPQRSTVWX3-9]{4}-[BCDFGHJKLMNPQRSTVWX3-9]{4}$", user);
            Assert.Equal($"{_host.Issuer}/device", (string?)answer.Json["verification_uri"]);
            Assert.Equal($"{_host.Issuer}/device?user_code={user}", (string?)answer.Json["verification_uri_complete"]);
            Assert.Equal((900, 5), ((int)answer.Json["expires_in"]!, (int)answer.Json["interval"]!));
        }

        await using var context = _host.Console.Store.Open();
        Assert.All(await context.DeviceGrants.ToListAsync(), grant => Assert.Equal("127.0.0.1", grant.Address));
    }

    [Theory]
    [InlineData("unknown", "a laptop", "", "400 unsupported_client")]
    [InlineData("tool", "two\nlines", "", "400 invalid_request")]
    [InlineData("tool", "a laptop", "manage", "400 invalid_scope")]
    [InlineData("tool", "a laptop", "apps:write", "400 invalid_scope")]
    [InlineData("tool", "", "", "400 invalid_request")]
    [InlineData("", "a laptop", "", "400 invalid_request")]
    public async Task Start_RefusesOthers(string client, string label, string scope, string expected)
    {
        var answer = await _host.PostAsync("/oauth/device/code", ("client_id", client), ("device_label", label), ("scope", scope));
        var longest = await _host.PostAsync("/oauth/device/code", ("client_id", "tool"), ("device_label", new string('x', 129)));
        Assert.Equal(expected, answer.Problem);
        Assert.NotEmpty((string)answer.Json["error_description"]!);
        Assert.Equal(("no-store", "400 invalid_request"), (answer.Header("Cache-Control"), longest.Problem));
        Assert.Equal(0, await _host.CountGrantsAsync());
    }

    /// <summary>Seed 1.12: the time of a poll counts even if the poll is too early, and too early beats every other answer.</summary>
    [Fact]
    public async Task Polls_AreAnsweredInOrder()
    {
        var (device, user) = await _host.BeginAsync();
        using var bob = await _host.Console.LoggedInAsync("bob");

        Assert.Equal("400 authorization_pending", (await _host.PollAsync(device)).Problem);
        _host.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal("400 slow_down", (await _host.PollAsync(device)).Problem);
        _host.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal("400 slow_down", (await _host.PollAsync(device)).Problem);
        Assert.Equal("400 authorization_pending", (await _host.PollLaterAsync(device)).Problem);
        Assert.Equal("approved", (string?)(await bob.PostJsonAsync("/oauth/device/approve", new { user_code = user })).Json["status"]);
        Assert.Equal("400 slow_down", (await _host.PollAsync(device)).Problem);
        Assert.Equal("400 expired_token", (await _host.PollLaterAsync(device, "other")).Problem);

        // The poll of another client was none of this device.
        var token = await _host.PollAsync(device);
        Assert.Equal((200, "no-store", "no-cache"), (token.Status, token.Header("Cache-Control"), token.Header("Pragma")));
        Assert.Equal("400 expired_token", (await _host.PollLaterAsync(device)).Problem);
        Assert.Equal("400 expired_token", (await _host.PollAsync("dc_" + new string('A', 32))).Problem);
        Assert.Equal("400 expired_token", (await _host.PollAsync("x\ny")).Problem);
    }

    [Fact]
    public async Task DenialAndExpiry_AreAnsweredOnce()
    {
        var (denied, user) = await _host.BeginAsync();
        var (expired, _) = await _host.BeginAsync(label: "a desktop");
        using var bob = await _host.Console.LoggedInAsync("bob");
        Assert.Equal("denied", (string?)(await bob.PostJsonAsync("/oauth/device/deny", new { user_code = user })).Json["status"]);

        Assert.Equal("400 access_denied", (await _host.PollAsync(denied)).Problem);
        Assert.Equal("400 expired_token", (await _host.PollLaterAsync(denied)).Problem);
        Assert.Equal("400 authorization_pending", (await _host.PollAsync(expired)).Problem);
        _host.Time.Advance(TimeSpan.FromSeconds(895));
        Assert.Equal("400 expired_token", (await _host.PollAsync(expired)).Problem);
    }

    [Fact]
    public async Task Token_HasTheMembersOfTheRfcAndOfDify()
    {
        using var bob = await _host.Console.LoggedInAsync("bob");
        var answer = (await _host.CollectAsync(bob)).Json.AsObject();
        var token = (string)answer["access_token"]!;

        Assert.Equal(
            [
                "access_token",
                "token_type",
                "expires_in",
                "scope",
                "token",
                "expires_at",
                "subject_type",
                "account",
                "workspaces",
                "default_workspace_id",
                "token_id",
            ],
            answer.Select(member => member.Key)
        );
        Assert.StartsWith("aso_", token, StringComparison.Ordinal);
        Assert.Equal(
            (token, "Bearer", 14 * 86_400, "apps:run llm:invoke", "account", "bob"),
            (
                (string?)answer["token"],
                (string?)answer["token_type"],
                (int)answer["expires_in"]!,
                (string?)answer["scope"],
                (string?)answer["subject_type"],
                (string?)answer["account"]!["name"]
            )
        );
        Assert.Empty(answer["workspaces"]!.AsArray());
        var facts = await _host.Device.GetAsync("/api/key", ("Authorization", $"Bearer {token}"));
        Assert.Equal(("device", "tool"), ((string?)facts.Json["kind"], (string?)facts.Json["clientId"]));
        Assert.Equal((string?)answer["token_id"], (string?)facts.Json["id"]);
    }

    [Fact]
    public async Task Token_IsTheSameUnderEveryPath()
    {
        using var bob = await _host.Console.LoggedInAsync("bob");
        foreach (var prefix in new[] { "/oauth/device", "/openapi/v1/oauth/device" })
        {
            var (device, user) = await _host.BeginAsync(label: prefix.Replace('/', '-'));
            Assert.Equal(200, (await bob.PostFormAsync($"{prefix}/approve", new() { ["user_code"] = user.ToLowerInvariant() })).Status);
            var answer = await _host.PostTextAsync($"{prefix}/token", $$"""{"device_code":"{{device}}","client_id":"tool"}""");
            Assert.Equal((200, "aso_"), (answer.Status, ((string)answer.Json["token"]!)[..4]));
        }
    }

    [Theory]
    [InlineData("/oauth/token", "", "400 invalid_request")]
    [InlineData("/oauth/token", "authorization_code", "400 unsupported_grant_type")]
    [InlineData("/oauth/token", "client_credentials", "400 unsupported_grant_type")]
    [InlineData("/oauth/device/token", "refresh_token", "400 unsupported_grant_type")]
    public async Task OtherGrants_AreRefused(string path, string type, string expected)
    {
        var (device, _) = await _host.BeginAsync();
        Assert.Equal(expected, (await _host.PostAsync(path, ("grant_type", type), ("device_code", device), ("client_id", "tool"))).Problem);
        Assert.Equal("400 authorization_pending", (await _host.PollAsync(device)).Problem);
    }

    [Fact]
    public async Task Lookup_SaysWhatIsLeft()
    {
        var (_, user) = await _host.BeginAsync();
        using var bob = await _host.Console.LoggedInAsync("bob");
        _host.Time.Advance(TimeSpan.FromSeconds(100));
        var typed = user.Replace("-", " ", StringComparison.Ordinal).ToLowerInvariant();

        Assert.Equal("(True, 800, tool)", await FoundAsync(Uri.EscapeDataString(typed)));
        Assert.Equal("(False, 0, )", await FoundAsync("BBBB-BBBB"));
        await bob.PostJsonAsync("/oauth/device/deny", new { user_code = user });
        Assert.Equal("(False, 0, tool)", await FoundAsync(user));
        foreach (
            var (query, expected) in new[]
            {
                ("", "400 invalid_request"),
                ("?user_code=", "400 invalid_request"),
                ($"?user_code={user}&user_code={user}", "400 invalid_request"),
                ("?user_code=AAAA-AAAA", "400 invalid_user_code"),
                ("?user_code=B", "400 invalid_user_code"),
            }
        )
        {
            Assert.Equal(expected, (await _host.Device.GetAsync($"/oauth/device/lookup{query}")).Problem);
        }

        async Task<string> FoundAsync(string code)
        {
            var answer = await _host.Device.GetAsync($"/openapi/v1/oauth/device/lookup?user_code={code}");
            Assert.Equal(200, answer.Status);
            return $"{((bool)answer.Json["valid"]!, (int)answer.Json["expires_in_remaining"]!, (string?)answer.Json["client_id"])}";
        }
    }

    [Fact]
    public async Task Decisions_NeedASessionAndItsToken()
    {
        var (device, user) = await _host.BeginAsync();
        using var bob = await _host.Console.LoggedInAsync("bob");
        using var ada = await _host.Console.LoggedInAsync("ada");
        var own = (string)(await _host.CollectAsync(ada, "other")).Json["token"]!;
        var manager = await _host.Console.AddKeyAsync("ada", "manage", "full");
        foreach (var path in new[] { "/oauth/device/approve", "/oauth/device/deny", "/openapi/v1/oauth/device/approve" })
        {
            var anonymous = await _host.PostAsync(path, ("user_code", user));
            Assert.Equal(("401 missing_credential", "Bearer"), (anonymous.Problem, anonymous.Header("WWW-Authenticate")));
            Assert.NotEmpty((string)anonymous.Json["error_description"]!);
            Assert.Equal(
                "403 csrf_failed",
                (await bob.SendAsync(HttpMethod.Post, path, new FormUrlEncodedContent([KeyValuePair.Create("user_code", user)]))).Problem
            );
            foreach (var bearer in new[] { own, manager })
            {
                var answer = await _host.PostAsync(path, [("Authorization", $"Bearer {bearer}")], ("user_code", user));
                Assert.Equal("403 session_required", answer.Problem);
            }
        }

        Assert.Equal("400 authorization_pending", (await _host.PollAsync(device)).Problem);
        Assert.Equal("404 expired_or_unknown", (await bob.PostJsonAsync("/oauth/device/approve", new { user_code = "BBBB-BBBB" })).Problem);
        Assert.Equal("400 invalid_user_code", (await bob.PostJsonAsync("/oauth/device/approve", new { user_code = "0OIL" })).Problem);

        // Identities in the body are ignored.
        var forged = new
        {
            user_code = user,
            account_id = "ada",
            user_id = "ada",
            workspace_id = "w",
        };
        Assert.Equal(200, (await bob.PostJsonAsync("/oauth/device/approve", forged)).Status);
        Assert.Equal("409 already_resolved", (await ada.PostJsonAsync("/oauth/device/deny", new { user_code = user })).Problem);
        Assert.Equal("409 already_resolved", (await bob.PostJsonAsync("/oauth/device/approve", new { user_code = user })).Problem);
        Assert.Equal("bob", (string?)(await _host.PollLaterAsync(device)).Json["account"]!["name"]);
    }

    [Fact]
    public async Task OneTimePassword_ApprovesNothing()
    {
        var (_, user) = await _host.BeginAsync();
        using var bob = await _host.Console.LoggedInAsync("bob");
        await using (var context = _host.Console.Store.Open())
        {
            (await context.UserCredentials.SingleAsync(credential => credential.User!.Name == "bob")).MustChange = true;
            await context.SaveChangesAsync();
        }

        var answer = await bob.PostJsonAsync("/oauth/device/approve", new { user_code = user });
        Assert.Equal("403 password_change_required", answer.Problem);
    }
}
