using System.Text.Json.Nodes;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Tests.Administration.ExternalApproval;

/// <summary>Tokens of people without an account: their subject, their rights, their number, their audit trail.</summary>
public sealed class ExternalTokenTests : IAsyncLifetime
{
    private ApprovalSite _site = null!;

    public async Task InitializeAsync() => _site = await ApprovalSite.StartAsync();

    public async Task DisposeAsync() => await _site.DisposeAsync();

    [Fact]
    public async Task Token_IsOfTheSubject_WithItsRights_AndManagesNothing()
    {
        _site.One.UserInfo = ApprovalSite.Email("eve@example.com");
        var answer = await _site.CollectAsync();

        var token = (string)answer["token"]!;
        Assert.StartsWith("ase_", token, StringComparison.Ordinal);
        Assert.Equal(
            ("external_sso", "eve@example.com", _site.One.Issuer, "apps:run apps:read:permitted-external"),
            ((string?)answer["subject_type"], (string?)answer["subject_email"], (string?)answer["subject_issuer"], (string?)answer["scope"])
        );
        Assert.Null(answer["account"]);
        using var program = _site.Console.Open();
        (string, string) own = ("Authorization", $"Bearer {token}");
        var facts = await program.SendAsync(
            HttpMethod.Post,
            "/oauth/introspect",
            new FormUrlEncodedContent([KeyValuePair.Create("token", token)]),
            ("Authorization", $"Bearer {SidecarSandbox.ServiceCredential}")
        );
        Assert.Equal(
            (true, "apps:run apps:read:permitted-external", $"{_site.One.Issuer}|subject-1"),
            ((bool)facts.Json["active"]!, (string?)facts.Json["scope"], (string?)facts.Json["sub"])
        );
        foreach (var path in new[] { "/api/admin/users", "/api/me", "/api/me/api-keys", "/api/usage" })
        {
            Assert.Equal((path, 403), (path, (await program.GetAsync(path, own)).Status));
        }

        var list = await program.GetAsync("/openapi/v1/account/sessions", own);
        Assert.Equal(1, (int)list.Json["total"]!);
    }

    /// <summary>The subject is issuer and <c>sub</c>: an address neither makes nor changes a person.</summary>
    [Fact]
    public async Task OneTokenInForce_ForSubjectClientAndDevice()
    {
        _site.One.UserInfo = ApprovalSite.Email("eve@example.com");
        await _site.CollectAsync();
        _site.One.UserInfo = ApprovalSite.Email("renamed@example.com");
        var second = await _site.CollectAsync();
        Assert.Equal("renamed@example.com", (string?)second["subject_email"]);
        Assert.Equal((2, 1), await CountAsync());

        await _site.CollectAsync("another device");
        await _site.CollectAsync(client: "other");
        Assert.Equal((4, 3), await CountAsync());
        (_site.One.Subject, _site.One.UserInfo) = ("subject-2", ApprovalSite.Email("renamed@example.com"));
        await _site.CollectAsync();
        (_site.Two.Subject, _site.Two.UserInfo) = ("subject-1", ApprovalSite.Email("renamed@example.com"));
        await _site.CollectAsync(provider: "two");

        Assert.Equal((6, 5), await CountAsync());
        var keys = await _site.KeysAsync();
        Assert.Equal(
            new[]
            {
                $"{_site.One.Issuer} subject-1",
                $"{_site.One.Issuer} subject-1",
                $"{_site.One.Issuer} subject-1",
                $"{_site.One.Issuer} subject-1",
                $"{_site.One.Issuer} subject-2",
                $"{_site.Two.Issuer} subject-1",
            },
            keys.Select(key => $"{key.ExternalIssuer} {key.ExternalSubject}")
        );
        Assert.All(keys, key => Assert.Equal((KeyFormat.Ase, null), (key.Format, key.UserId)));
    }

    [Fact]
    public async Task Audit_NamesThePerson_AndTheAddress()
    {
        _site.One.UserInfo = ApprovalSite.Email("eve@example.com");
        await _site.CollectAsync();
        var denied = await _site.BeginAsync();
        using var browser = await _site.ProvedAsync(denied.UserCode);
        await ApprovalSite.DecideAsync(browser, denied.UserCode, "deny");

        foreach (var action in new[] { "device.approved", "device.denied" })
        {
            var row = Assert.Single(await _site.AuditAsync(action));
            Assert.Equal(($"{_site.One.Issuer}|subject-1", "eve@example.com", "127.0.0.1"), (row.ActorId, row.ActorName, row.Address));
            var facts = JsonNode.Parse(row.After!)!;
            Assert.Equal(
                (_site.One.Issuer, "subject-1", ApprovalSite.Device, "127.0.0.1"),
                ((string?)facts["issuer"], (string?)facts["subject"], (string?)facts["deviceAddress"], (string?)facts["browserAddress"])
            );
        }

        var minted = JsonNode.Parse(Assert.Single(await _site.AuditAsync("device.collected")).After!)!;
        Assert.Equal((_site.One.Issuer, "subject-1"), ((string?)minted["issuer"], (string?)minted["subject"]));
        await using var context = _site.Console.Store.Open();
        var all = string.Join('\n', context.AuditEvents.Select(row => row.After + row.Before + row.TargetName).ToList());
        Assert.DoesNotContain(denied.UserCode, all, StringComparison.Ordinal);
    }

    private async Task<(int All, int Live)> CountAsync()
    {
        var keys = await _site.KeysAsync();
        return (keys.Count, keys.Count(key => key.RevokedAt is null));
    }
}
