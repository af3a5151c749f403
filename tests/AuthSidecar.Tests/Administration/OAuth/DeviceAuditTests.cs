using System.Text.Json.Nodes;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage.Audit;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.OAuth;

/// <summary>Audit rows of the device flow: one for each decision, token and revocation, with who did it and from where.</summary>
public sealed class DeviceAuditTests : IAsyncLifetime
{
    private const string Forwarded = "X-Forwarded-For";
    private static readonly (string, string) _fromDevice = (Forwarded, "198.51.100.9");
    private static readonly (string, string) _fromBrowser = (Forwarded, "203.0.113.9");

    private OAuthHost _host = null!;
    private WebBrowser _bob = null!;
    private WebBrowser _ada = null!;

    public async Task InitializeAsync()
    {
        _host = await OAuthHost.StartAsync(settings =>
            settings["Console"] = new JsonObject { ["TrustedProxies"] = new JsonArray("127.0.0.0/8") }
        );
        (_bob, _ada) = (await _host.Console.LoggedInAsync("bob"), await _host.Console.LoggedInAsync("ada"));
    }

    public async Task DisposeAsync()
    {
        _bob.Dispose();
        _ada.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task ApprovalAndCollection_AreOneRowEach()
    {
        var (id, _) = await CollectAsync("a laptop");

        var rows = await RowsAsync("a laptop");

        Assert.Equal(
            [
                ("device.approved", id, ActorKind.Session, "bob", "203.0.113.9"),
                ("device.collected", id, ActorKind.Session, "anonymous", "198.51.100.9"),
                ("key.created", id, ActorKind.Session, "bob", "203.0.113.9"),
            ],
            rows.Select(Row)
        );
        Assert.Equal(
            """{"clientId":"tool","deviceAddress":"198.51.100.9","browserAddress":"203.0.113.9"}""",
            rows.Single(row => row.Action == "device.approved").After
        );
    }

    [Fact]
    public async Task Denial_IsOneRow()
    {
        var (device, user) = await StartAsync("a laptop");
        foreach (var status in new[] { 200, 409, 409 })
        {
            Assert.Equal(status, (await _bob.PostJsonAsync("/oauth/device/deny", new { user_code = user }, _fromBrowser)).Status);
        }

        Assert.Equal("400 access_denied", (await PollAsync(device)).Problem);
        _host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("400 expired_token", (await PollAsync(device)).Problem);

        var row = Assert.Single(await RowsAsync("a laptop"));
        Assert.Equal(("device.denied", ActorKind.Session, "bob", "203.0.113.9"), (row.Action, row.ActorKind, row.ActorName, row.Address));
    }

    [Fact]
    public async Task Revocation_ByEachWhoMay_IsOneRow_AndEndsTheToken()
    {
        var own = "/api/me/device-tokens";
        await RevokedAsync("owner", ActorKind.Session, "bob", (id, _) => DeleteAsync(_bob, $"{own}/{id}", _fromBrowser));
        await RevokedAsync("admin", ActorKind.Session, "ada", (id, _) => DeleteAsync(_ada, $"/api/admin/keys/{id}", _fromBrowser));
        await RevokedAsync("sessions", ActorKind.Session, "bob", (id, _) =>
            DeleteAsync(_bob, $"/openapi/v1/account/sessions/{id}", _fromBrowser)
        );
        await RevokedAsync("self", ActorKind.Key, "bob", (_, token) =>
            DeleteAsync(_host.Device, $"{own}/self", _fromBrowser, ("Authorization", $"Bearer {token}"))
        );
        await RevokedAsync("client", ActorKind.Key, "client", (_, token) =>
            _host.PostAsync("/oauth/revoke", [_fromBrowser], ("token", token), ("client_id", "tool"))
        );
        await RevokedAsync("page", ActorKind.Session, "bob", async (id, _) =>
        {
            await _bob.OpenAsync($"/ui/me/devices/{id}/revoke");
            return await _bob.PostFormAsync($"/ui/me/devices/{id}/revoke", [], _fromBrowser);
        });
    }

    /// <summary>The next approval of the same device; the row names the person who approved.</summary>
    [Fact]
    public async Task Replacement_IsOneRow()
    {
        var (former, token) = await CollectAsync("a laptop");
        await CollectAsync("a laptop");

        Assert.Equal(401, await StatusOfAsync(token));
        var row = Assert.Single(await RowsAsync("a laptop"), row => row.Action == "key.revoked");
        Assert.Equal(("key.revoked", former, ActorKind.Session, "bob", "203.0.113.9"), Row(row));
    }

    /// <summary>A foreign id, an unknown one and one that can be none have one answer, to the last letter.</summary>
    [Theory]
    [InlineData("/api/me/device-tokens")]
    [InlineData("/openapi/v1/account/sessions")]
    public async Task ForeignId_IsUnknown(string path)
    {
        var (id, token) = await CollectAsync("a laptop");
        var key = await _host.Console.AddKeyAsync("ada", "apps:run");
        var answers = new List<string>();
        foreach (var wanted in new[] { id, KeyToken.IdOf(key), "AAAAAAAAAAAA", "x", "a b", "..%2Fself", "ü", new string('x', 300) })
        {
            var target = $"{path}/{(wanted.Contains('%', StringComparison.Ordinal) ? wanted : Uri.EscapeDataString(wanted))}";
            var answer = await DeleteAsync(_ada, target, _fromBrowser);
            Assert.Equal(404, answer.Status);
            answers.Add(answer.Text);
        }

        Assert.Single(answers.Distinct());
        Assert.Equal(200, await StatusOfAsync(token));
        Assert.DoesNotContain(await RowsAsync("a laptop"), row => row.Action == "key.revoked");
    }

    private async Task RevokedAsync(string label, ActorKind kind, string name, Func<string, string, Task<WebAnswer>> revokeAsync)
    {
        var (id, token) = await CollectAsync(label);
        Assert.Equal(200, await StatusOfAsync(token));

        var answer = await revokeAsync(id, token);

        Assert.True(answer.Status is 200 or 303, $"{label}: {answer.Status} {answer.Text}");
        Assert.Equal(401, await StatusOfAsync(token));
        await revokeAsync(id, token);
        var row = Assert.Single(await RowsAsync(label), row => row.Action == "key.revoked");
        Assert.Equal(("key.revoked", id, kind, name, "203.0.113.9"), Row(row));
    }

    private async Task<(string Device, string User)> StartAsync(string label)
    {
        var answer = await _host.PostAsync("/oauth/device/code", [_fromDevice], ("client_id", "tool"), ("device_label", label));
        return ((string)answer.Json["device_code"]!, (string)answer.Json["user_code"]!);
    }

    private Task<WebAnswer> PollAsync(string device) =>
        _host.PostAsync("/oauth/token", [_fromDevice], ("grant_type", OAuthHost.Grant), ("device_code", device), ("client_id", "tool"));

    private async Task<(string Id, string Token)> CollectAsync(string label)
    {
        var (device, user) = await StartAsync(label);
        Assert.Equal(200, (await _bob.PostJsonAsync("/oauth/device/approve", new { user_code = user }, _fromBrowser)).Status);
        var answer = (await PollAsync(device)).Json;
        return ((string)answer["token_id"]!, (string)answer["token"]!);
    }

    private async Task<int> StatusOfAsync(string token) =>
        (await _host.Device.GetAsync("/api/key", ("Authorization", $"Bearer {token}"))).Status;

    private static Task<WebAnswer> DeleteAsync(WebBrowser browser, string path, params (string, string)[] headers) =>
        browser.SendAsync(HttpMethod.Delete, path, null, browser.WithToken(headers));

    private async Task<List<AuditEvent>> RowsAsync(string label)
    {
        await using var context = _host.Console.Store.Open();
        return await context.AuditEvents.Where(row => row.TargetName == label).OrderBy(row => row.Action).ToListAsync();
    }

    private static (string, string?, ActorKind, string, string?) Row(AuditEvent row) =>
        (row.Action, row.TargetId, row.ActorKind, row.ActorName, row.Address);
}
