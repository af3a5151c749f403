using AuthSidecar.Authentication;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Tests.Authentication;

/// <summary>A store that does not answer never makes a key unknown.</summary>
public class StoreOutageTests
{
    [Fact]
    public async Task StoreIsGone_IsStoreUnavailable_UntilItIsBack()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        await world.Store.DisposeAsync();
        File.Move(world.DatabasePath, world.DatabasePath + ".away");

        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await world.AuthenticateAsync(key.Token)).Failure);
        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await world.AuthenticateIdAsync(key.Key.Id)).Failure);
        Assert.False(await world.PollAsync());

        File.Move(world.DatabasePath + ".away", world.DatabasePath);
        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);
        Assert.NotNull((await world.AuthenticateIdAsync(key.Key.Id)).Identity);
        Assert.True(await world.PollAsync());
    }

    [Fact]
    public async Task StoreIsGone_IsSaidOnce()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        await world.Store.DisposeAsync();
        File.Move(world.DatabasePath, world.DatabasePath + ".away");

        await world.AuthenticateAsync(key.Token);
        await world.AuthenticateAsync(key.Token);
        File.Move(world.DatabasePath + ".away", world.DatabasePath);
        await world.AuthenticateAsync(key.Token);

        Assert.Equal([LogLevel.Error, LogLevel.Information], world.AuthenticatorLog.Entries.Select(entry => entry.Level));
    }

    [Fact]
    public async Task StoreIsLocked_IsStoreUnavailable_UntilItIsFree()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        await world.Store.DisposeAsync();
        await using (var blocker = new SqliteConnection($"Data Source={world.DatabasePath};Pooling=False"))
        {
            await blocker.OpenAsync();
            await using var command = blocker.CreateCommand();

            // In WAL mode nobody can lock readers out.
            command.CommandText = "PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;";
            await command.ExecuteNonQueryAsync();

            Assert.Equal(AuthenticationFailure.StoreUnavailable, (await world.AuthenticateAsync(key.Token)).Failure);
        }

        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);
    }

    [Fact]
    public async Task StoreHangs_RequestIsFreeToGiveUp()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        var hang = new TaskCompletionSource();
        world.Queries.AfterRead = () => hang.Task;
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await world.Authenticator.AuthenticateAsync(key.Token, deadline.Token));

        hang.SetResult();
    }

    [Fact]
    public async Task StoreHangs_IsStoreUnavailableInTime()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        var hangs = new TaskCompletionSource();
        var hang = new TaskCompletionSource();
        world.Queries.AfterRead = () =>
        {
            hangs.SetResult();
            return hang.Task;
        };
        var request = world.AuthenticateAsync(key.Token).AsTask();
        await hangs.Task;

        world.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await request).Failure);
        hang.SetResult();
    }

    [Fact]
    public async Task NoNewsOfChangesForTooLong_HitsNoLongerCount()
    {
        await using var world = await KeyWorld.StartAsync(new() { PositiveTtl = TimeSpan.FromHours(1) });
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        await world.PollAsync();
        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);
        await world.Store.DisposeAsync();
        File.Move(world.DatabasePath, world.DatabasePath + ".away");

        world.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(await world.PollAsync());
        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);

        world.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await world.AuthenticateAsync(key.Token)).Failure);

        File.Move(world.DatabasePath + ".away", world.DatabasePath);
        Assert.True(await world.PollAsync());
        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);
        Assert.Equal(1, world.Queries.Count);
    }

    [Fact]
    public async Task LastSuccess_IsWhenTheStoreLastAnswered()
    {
        await using var world = await KeyWorld.StartAsync();
        world.Time.Advance(TimeSpan.FromSeconds(7));
        await world.PollAsync();
        var answered = world.Time.GetUtcNow();
        await world.Store.DisposeAsync();
        File.Move(world.DatabasePath, world.DatabasePath + ".away");

        world.Time.Advance(TimeSpan.FromSeconds(7));
        await world.PollAsync();

        Assert.Equal(answered, world.Watcher.LastSuccess);
    }
}
