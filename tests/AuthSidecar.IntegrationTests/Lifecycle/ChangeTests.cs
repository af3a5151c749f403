using AuthSidecar.IntegrationTests.Servers;
using AuthSidecar.Keys;
using AuthSidecar.Storage;
using Xunit.Abstractions;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>What another process changes in the store is effective in a running sidecar within a second.</summary>
public sealed class ChangeTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(1);
    private readonly SidecarHome _home = new();
    private KeyDesk _desk = null!;
    private SidecarProcess _sidecar = null!;
    private CheckClient _client = null!;

    public async Task InitializeAsync()
    {
        _desk = await KeyDesk.OpenAsync(_home);
        await _desk.AddUserAsync("ada");
        _sidecar = await SidecarProcess.StartAsync(_home);
        _client = new(_sidecar);
    }

    public async Task DisposeAsync()
    {
        await _sidecar.DisposeAsync();
        await _desk.DisposeAsync();
    }

    public void Dispose()
    {
        _client.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task RevokedKey_IsRefused()
    {
        var key = await _desk.AddKeyAsync("ada", "apps:run");
        Assert.Equal("allow", await _client.AskAsync(key.Token));

        await _desk.RevokeAsync(key);

        await AssertSoonAsync(key.Token, "token_revoked");
    }

    [Fact]
    public async Task KeyRevokedByTheCommand_IsRefused()
    {
        var key = await _desk.AddKeyAsync("ada", "apps:run");
        Assert.Equal("allow", await _client.AskAsync(key.Token));

        var (exitCode, _, errors) = await SidecarProcess.RunAsync(_home, "keys", "revoke", key.Key.Id);
        Assert.True(exitCode == 0, errors);

        await AssertSoonAsync(key.Token, "token_revoked");
    }

    [Fact]
    public async Task SuspendedUser_IsRefused_AndWokenAgain()
    {
        var key = await _desk.AddKeyAsync("ada", "apps:run");
        Assert.Equal("allow", await _client.AskAsync(key.Token));

        await _desk.SetStatusAsync("ada", UserStatus.Suspended);
        await AssertSoonAsync(key.Token, "invalid_token");

        await _desk.SetStatusAsync("ada", UserStatus.Active);
        await AssertSoonAsync(key.Token, "allow");
    }

    [Fact]
    public async Task KeyThatWasRefusedBeforeItExisted_IsAllowed()
    {
        var token = KeyToken.Generate(TokenFamily.Ask);
        Assert.Equal("invalid_token", await _client.AskAsync(token));

        await _desk.StoreKeyAsync("ada", token, "apps:run");

        await AssertSoonAsync(token, "allow");
    }

    private async Task AssertSoonAsync(string token, string expected)
    {
        var lag = await Eventually.TrueAsync(async () => await _client.AskAsync(token) == expected, $"{expected} for the key");
        output.WriteLine($"{expected} after {lag.TotalMilliseconds:F0} ms");
        Assert.InRange(lag, TimeSpan.Zero, Promise);
    }
}
