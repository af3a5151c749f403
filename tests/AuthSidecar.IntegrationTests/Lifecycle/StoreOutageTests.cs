using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>The store stops answering under a running sidecar, and recovers.</summary>
public sealed class StoreOutageTests : IDisposable
{
    private readonly SidecarSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task WhileTheStoreIsLocked_KnownKeysPassForAWhile_UnknownOnesAre503_AndItRecovers()
    {
        _sandbox.Settings["Cache"] = new System.Text.Json.Nodes.JsonObject { ["MaxStaleness"] = "00:00:06" };
        _sandbox.Save();
        var (known, unknown) = await MakeKeysAsync();
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        using var client = new CheckClient(sidecar);
        Assert.Equal("allow", await client.CheckAsync(known));

        using (LockedStore.Lock(_sandbox))
        {
            Assert.Equal("allow", await client.CheckAsync(known));
            Assert.Equal("store_unavailable", await client.CheckAsync(unknown));
            await Eventually.TrueAsync(async () => await client.CheckAsync(known) == "store_unavailable", "cached keys no longer count");
            await Eventually.TrueAsync(async () => await ReadyAsync(sidecar) == 503, "not ready");
            Assert.Equal("store_unavailable", await client.CheckAsync(unknown));
        }

        await Eventually.TrueAsync(async () => await client.CheckAsync(known) == "allow", "cached keys count again");
        Assert.Equal("allow", await client.CheckAsync(unknown));
        await Eventually.TrueAsync(async () => await ReadyAsync(sidecar) == 200, "ready again");
    }

    [Fact]
    public async Task OutageLongerThanTheLifetimeInTheCache_RefusesNoKeyInUse()
    {
        _sandbox.Settings["Cache"] = new System.Text.Json.Nodes.JsonObject { ["PositiveTtl"] = "00:00:02", ["VerdictTtl"] = "00:00:02" };
        _sandbox.Save();
        var (known, unknown) = await MakeKeysAsync();
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        using var client = new CheckClient(sidecar);
        Assert.Equal("allow", await client.CheckAsync(known));

        using (LockedStore.Lock(_sandbox))
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            while (clock.Elapsed < TimeSpan.FromSeconds(8))
            {
                Assert.Equal("allow", await client.CheckAsync(known));
                await Task.Delay(20);
            }

            Assert.Equal("store_unavailable", await client.CheckAsync(unknown));
        }

        Assert.Equal("allow", await client.CheckAsync(known));
        await Eventually.TrueAsync(async () => await client.CheckAsync(unknown) == "allow", "look-ups go through");
    }

    [Fact]
    public async Task WhileTheStoreIsMissing_NoStaleDataIsRead_AndItRecovers()
    {
        var (known, unknown) = await MakeKeysAsync();
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        using var client = new CheckClient(sidecar);
        Assert.Equal("allow", await client.CheckAsync(known));

        Directory.Move(_sandbox.DataDirectory, _sandbox.DataDirectory + ".away");
        Assert.Equal("store_unavailable", await client.CheckAsync(unknown));
        Assert.Equal("allow", await client.CheckAsync(known));
        await Eventually.TrueAsync(async () => await ReadyAsync(sidecar) == 503, "not ready");

        Directory.Move(_sandbox.DataDirectory + ".away", _sandbox.DataDirectory);
        await Eventually.TrueAsync(async () => await client.CheckAsync(unknown) == "allow", "look-ups go through");
        await Eventually.TrueAsync(async () => await ReadyAsync(sidecar) == 200, "ready again");
    }

    private async Task<(string Known, string Unknown)> MakeKeysAsync()
    {
        // Closed before the lock is taken: the kernel releases all of a process's locks on a file when the process closes any descriptor of
        // it.
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        return ((await seeder.AddKeyAsync("ada", "apps:run")).Token, (await seeder.AddKeyAsync("ada", "apps:run")).Token);
    }

    private static async Task<int> ReadyAsync(SidecarProcess sidecar)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(sidecar.Console, "/readyz"));
        return (int)answer.StatusCode;
    }
}
