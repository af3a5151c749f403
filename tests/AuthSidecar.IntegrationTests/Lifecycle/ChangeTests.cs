using System.Text.Json.Nodes;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Xunit.Abstractions;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>Changes of another process in the store take effect in a running sidecar within a second.</summary>
public sealed class ChangeTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(1);
    private readonly SidecarSandbox _sandbox = new();
    private KeySeeder _seeder = null!;
    private SidecarProcess _sidecar = null!;
    private CheckClient _client = null!;

    public async Task InitializeAsync()
    {
        _sandbox.Settings["Policies"]!["bot"] = new JsonObject { ["Scopes"] = new JsonArray("apps:run"), ["App"] = "bot" };
        _sandbox.Save();
        _seeder = await KeySeeder.OpenAsync(_sandbox);
        await _seeder.AddUserAsync("ada");
        _sidecar = await SidecarProcess.StartAsync(_sandbox);
        _client = new(_sidecar);
    }

    public async Task DisposeAsync()
    {
        await _sidecar.DisposeAsync();
        await _seeder.DisposeAsync();
    }

    public void Dispose()
    {
        _client.Dispose();
        _sandbox.Dispose();
    }

    [Fact]
    public async Task RevokedKey_IsRefused()
    {
        var key = await _seeder.AddKeyAsync("ada", "apps:run");
        Assert.Equal("allow", await _client.CheckAsync(key.Token));

        await _seeder.RevokeAsync(key);

        await AssertSoonAsync(key.Token, "token_revoked");
    }

    [Fact]
    public async Task KeyRevokedByTheCommand_IsRefused()
    {
        var key = await _seeder.AddKeyAsync("ada", "apps:run");
        Assert.Equal("allow", await _client.CheckAsync(key.Token));

        await TypeAsync("keys", "revoke", key.Key.Id);

        await AssertSoonAsync(key.Token, "token_revoked");
    }

    [Fact]
    public async Task SuspendedUser_IsRefused_UntilReactivated()
    {
        var key = await _seeder.AddKeyAsync("ada", "apps:run");
        Assert.Equal("allow", await _client.CheckAsync(key.Token));

        await _seeder.SetStatusAsync("ada", UserStatus.Suspended);
        await AssertSoonAsync(key.Token, "invalid_token");

        await _seeder.SetStatusAsync("ada", UserStatus.Active);
        await AssertSoonAsync(key.Token, "allow");
    }

    [Fact]
    public async Task KeyThatWasRefusedBeforeItExisted_IsAllowed()
    {
        var token = KeyToken.Generate(TokenFamily.Ask);
        Assert.Equal("invalid_token", await _client.CheckAsync(token));

        await _seeder.StoreKeyAsync("ada", token, "apps:run");

        await AssertSoonAsync(token, "allow");
    }

    [Fact]
    public async Task MemberRemovedByTheCommand_IsRefused_AndAddedAgain()
    {
        var key = await _seeder.AddKeyAsync("ada", "apps:run");
        Assert.Equal("app_not_found", await _client.CheckAsync(key.Token, "bot"));

        await TypeAsync("tenants", "create", "acme");
        await TypeAsync("apps", "create", "bot", "--tenant", "acme");
        await AssertSoonAsync(key.Token, "workspace_membership_revoked", "bot");

        await TypeAsync("members", "add", "--tenant", "acme", "--user", "ada");
        await AssertSoonAsync(key.Token, "allow", "bot");

        await TypeAsync("members", "remove", "--tenant", "acme", "--user", "ada");
        await AssertSoonAsync(key.Token, "workspace_membership_revoked", "bot");
    }

    [Fact]
    public async Task BudgetSetByTheCommand_IsRefused_AndRaisedAgain()
    {
        var key = await _seeder.AddKeyAsync("ada", "apps:run");
        Assert.Equal("allow", await _client.CheckAsync(key.Token));

        await TypeAsync("budgets", "set", "--user", "ada", "--limit-usd", "0");
        await AssertSoonAsync(key.Token, "budget_exceeded");

        await TypeAsync("budgets", "set", "--user", "ada", "--limit-usd", "10");
        await AssertSoonAsync(key.Token, "allow");
    }

    private async Task TypeAsync(params string[] arguments)
    {
        var (exitCode, _, errors) = await SidecarProcess.RunAsync(_sandbox, arguments);
        Assert.True(exitCode == 0, errors);
    }

    private async Task AssertSoonAsync(string token, string expected, string policy = "app")
    {
        var answers = new List<string>();
        var lag = await Eventually.TrueAsync(
            async () =>
            {
                answers.Add(await _client.CheckAsync(token, policy));
                return answers[^1] == expected;
            },
            $"{expected} for the key"
        );
        output.WriteLine(
            $"{expected} after {lag.TotalMilliseconds:F0} ms: "
                + $"{string.Join(", ", answers.CountBy(answer => answer).Select(answer => $"{answer.Value} x {answer.Key}"))}"
        );
        Assert.InRange(lag, TimeSpan.Zero, Promise);
    }
}
