using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Reports;

/// <summary>Changes under a running sidecar: no caller sees more than they are allowed to.</summary>
public sealed class UsageApiOutageTests(ReportServers servers) : IClassFixture<ReportServers>
{
    [Fact]
    public async Task WithoutTheStore_ItIs503_AlsoForAKeyThatIsRemembered_AndItRecovers()
    {
        Assert.Equal(200, (await servers.GetAsync("/api/usage")).Status);

        Directory.Move(servers.Sandbox.DataDirectory, servers.Sandbox.DataDirectory + ".away");
        var known = await servers.GetAsync("/api/usage");
        var unknown = await servers.GetAsync("/api/usage", ("X-Api-Key", servers.Tokens["unknown"]));
        var master = await servers.GetAsync("/api/usage/rows", ("X-Api-Key", ReportServers.Master));
        Directory.Move(servers.Sandbox.DataDirectory + ".away", servers.Sandbox.DataDirectory);

        Assert.All([known, unknown, master], answer =>
            Assert.Equal(("503 store_unavailable", "no-store"), (answer.Problem(), answer.Caching))
        );
        await Eventually.TrueAsync(async () => (await servers.GetAsync("/api/usage")).Status == 200, "answers again");
    }

    [Fact]
    public async Task RemovedRole_IsDenied()
    {
        Assert.Equal(200, (await servers.GetAsync("/api/usage")).Status);
        await SetRoleAsync("user");
        var refused = await servers.GetAsync("/api/usage");
        await SetRoleAsync("admin");

        Assert.Equal("403 admin_required", refused.Problem());
        Assert.Equal(200, (await servers.GetAsync("/api/usage")).Status);
    }

    [Fact]
    public async Task WithAuthenticationSwitchedOff_EveryRequestIsDenied()
    {
        servers.Sandbox.Settings["Auth"]!["Enabled"] = false;
        servers.Sandbox.Save();
        await Eventually.TrueAsync(async () => (await servers.GetAsync("/api/usage")).Status == 503, "switched off");

        Assert.Equal("503 bearer_auth_disabled", (await servers.GetAsync("/api/usage")).Problem());
        Assert.Equal("503 bearer_auth_disabled", (await servers.GetAsync("/api/usage", ("X-Api-Key", ReportServers.Master))).Problem());

        servers.Sandbox.Settings["Auth"]!["Enabled"] = true;
        servers.Sandbox.Save();
        await Eventually.TrueAsync(async () => (await servers.GetAsync("/api/usage")).Status == 200, "switched on");
    }

    private async Task SetRoleAsync(string role)
    {
        await using var context = servers.Seeder.Store.Open();
        var connection = Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.GetDbConnection(context.Database);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"UPDATE Users SET Role = '{role}' WHERE Name = 'ada'";
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
