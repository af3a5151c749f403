using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Users;
using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.IntegrationTests.People;

/// <summary>Sessions of people belong to the store: one replica begins them, all others accept and refuse them.</summary>
public abstract class SharedSessionTests
{
    private protected abstract Task<string?> ConnectionAsync();

    [RequiresStoreFact]
    public async Task BothStartEmptyAtOnce_OneAdmin_AndEachReadsTheCookiesOfTheOther()
    {
        await using var replicas = await ConsoleReplicas.StartAsync(await ConnectionAsync());

        var browsers = await Task.WhenAll(
            new[] { replicas.One, replicas.Other }.Select(host =>
                Task.Run(() => host.LoggedInAsync(ConsoleReplicas.Admin, ConsoleReplicas.Password))
            )
        );
        using var here = ConsoleReplicas.Move(browsers[1], replicas.One);
        using var there = ConsoleReplicas.Move(browsers[0], replicas.Other);

        foreach (var browser in new[] { browsers[0], browsers[1], here, there })
        {
            var answer = await browser.GetAsync("/auth/me");
            Assert.True(answer.Status == 200, answer.Text);
            Assert.Equal("admin", (string?)answer.Json["role"]);
            browser.Dispose();
        }

        await using var context = replicas.One.Store.Open();
        Assert.Equal(1, await context.Users.CountAsync(user => user.Name == ConsoleReplicas.Admin));
        Assert.All(await context.DataProtectionKeys.ToListAsync(), key => Assert.Contains("<sealed", key.Xml, StringComparison.Ordinal));
    }

    [RequiresStoreFact]
    public async Task AToken_OfOneReplica_CountsAtTheOther_AndTheLogoutThereEndsTheSessionHere()
    {
        await using var replicas = await ConsoleReplicas.StartAsync(await ConnectionAsync());
        using var here = await replicas.One.LoggedInAsync(ConsoleReplicas.Admin, ConsoleReplicas.Password);
        using var there = ConsoleReplicas.Move(here, replicas.Other);
        using var forged = ConsoleReplicas.Move(here, replicas.Other);
        forged.Token = null;

        Assert.Equal("403 csrf_failed", (await forged.PostJsonAsync("/auth/logout", new { })).Problem);
        Assert.Equal(200, (await here.GetAsync("/auth/me")).Status);

        Assert.Equal(200, (await there.PostJsonAsync("/auth/logout", new { })).Status);
        Assert.Equal(401, (await here.GetAsync("/auth/me")).Status);
    }

    [RequiresStoreFact]
    public async Task AnEnd_ASuspension_AndAnotherRole_OfOneReplica_CountAtTheOtherAtOnce()
    {
        await using var replicas = await ConsoleReplicas.StartAsync(await ConnectionAsync());
        var other = replicas.Other.Services;
        var users = other.GetRequiredService<UpdateUser>();
        await DeadAfterAsync("ended", () => other.GetRequiredService<EndSessions>().OfUserAsync("ended", null, CancellationToken.None));
        await DeadAfterAsync("suspended", () => ChangeAsync("suspended", new() { Status = UserStatus.Suspended }));
        await DeadAfterAsync("demoted", () => ChangeAsync("demoted", new() { Role = UserRole.User }));
        await DeadAfterAsync("reset", () => other.GetRequiredService<ResetPassword>().RunAsync("reset", CancellationToken.None));

        using var again = replicas.One.Open();
        Assert.Equal(401, (await again.LogInAsync("suspended", ConsoleHost.Password)).Status);
        using var user = await replicas.One.LoggedInAsync("demoted");
        Assert.Equal("403 admin_required", (await user.GetAsync("/api/admin/users")).Problem);

        Task ChangeAsync(string name, UserChange change) => users.RunAsync(name, change, false, null, CancellationToken.None);

        async Task DeadAfterAsync(string name, Func<Task> change)
        {
            await replicas.One.AddPersonAsync(name, UserRole.Admin);
            using var browser = await replicas.One.LoggedInAsync(name);
            Assert.Equal(200, (await browser.GetAsync("/api/admin/users")).Status);

            await change();

            Assert.Equal((name, 401), (name, (await browser.GetAsync("/api/admin/users")).Status));
        }
    }
}

/// <summary>Two sidecars with one SQLite file.</summary>
public sealed class SqliteSessionTests : SharedSessionTests
{
    private protected override Task<string?> ConnectionAsync() => Task.FromResult<string?>(null);
}

/// <summary>Two sidecars with one PostgreSQL, and one Redis.</summary>
[Needs("postgres")]
public sealed class PostgresSessionTests : SharedSessionTests
{
    private protected override async Task<string?> ConnectionAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    /// <summary>Wrong passwords at two replicas count together, so that a guesser gains nothing by asking both.</summary>
    [RequiresFact("postgres", "redis")]
    public async Task WrongPasswords_CountTogether()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replicas = await ConsoleReplicas.StartAsync(await ConnectionAsync(), redis);
        using var here = replicas.One.Open();
        using var there = replicas.Other.Open();

        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Equal(401, (await here.LogInAsync(ConsoleReplicas.Admin, "one wrong password")).Status);
            Assert.Equal(401, (await there.LogInAsync(ConsoleReplicas.Admin, "one wrong password")).Status);
        }

        Assert.Equal("429 login_throttled", (await here.LogInAsync(ConsoleReplicas.Admin, ConsoleReplicas.Password)).Problem);
        Assert.Equal("429 login_throttled", (await there.LogInAsync(ConsoleReplicas.Admin, ConsoleReplicas.Password)).Problem);
    }
}
