using AuthSidecar.Access.Identities;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Tests.Access.Authentication;

/// <summary>Keys during an outage of the store: unavailable, never unknown.</summary>
public class StoreOutageTests
{
    [Fact]
    public async Task StoreIsGone_IsStoreUnavailable_UntilItIsBack()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        await fixture.Store.DisposeAsync();
        File.Move(fixture.DatabasePath, fixture.DatabasePath + ".away");

        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await fixture.AuthenticateAsync(key.Token)).Failure);
        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await fixture.AuthenticateIdAsync(key.Key.Id)).Failure);
        Assert.False(await fixture.PollAsync());

        File.Move(fixture.DatabasePath + ".away", fixture.DatabasePath);
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);
        Assert.NotNull((await fixture.AuthenticateIdAsync(key.Key.Id)).Identity);
        Assert.True(await fixture.PollAsync());
    }

    [Fact]
    public async Task StoreOutage_IsLoggedOnce()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        await fixture.Store.DisposeAsync();
        File.Move(fixture.DatabasePath, fixture.DatabasePath + ".away");

        await fixture.AuthenticateAsync(key.Token);
        await fixture.AuthenticateAsync(key.Token);
        File.Move(fixture.DatabasePath + ".away", fixture.DatabasePath);
        await fixture.AuthenticateAsync(key.Token);

        Assert.Equal([LogLevel.Error, LogLevel.Information], fixture.AuthenticatorLog.Entries.Select(entry => entry.Level));
    }

    [Fact]
    public async Task StoreIsLocked_IsStoreUnavailable_UntilItIsFree()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        await fixture.Store.DisposeAsync();
        await using (var blocker = new SqliteConnection($"Data Source={fixture.DatabasePath};Pooling=False"))
        {
            await blocker.OpenAsync();
            await using var command = blocker.CreateCommand();

            // In WAL mode a lock does not block readers.
            command.CommandText = "PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;";
            await command.ExecuteNonQueryAsync();

            Assert.Equal(AuthenticationFailure.StoreUnavailable, (await fixture.AuthenticateAsync(key.Token)).Failure);
        }

        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);
    }

    [Fact]
    public async Task StoreHangs_RequestIsFreeToGiveUp()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        var hang = new TaskCompletionSource();
        fixture.Queries.AfterRead = () => hang.Task;
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await fixture.Authenticator.AuthenticateAsync(key.Token, deadline.Token)
        );

        hang.SetResult();
    }

    [Fact]
    public async Task StoreHangs_IsStoreUnavailableInTime()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        var hangs = new TaskCompletionSource();
        var hang = new TaskCompletionSource();
        fixture.Queries.AfterRead = () =>
        {
            hangs.SetResult();
            return hang.Task;
        };
        var request = fixture.AuthenticateAsync(key.Token).AsTask();
        await hangs.Task;

        fixture.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await request).Failure);
        hang.SetResult();
    }

    [Fact]
    public async Task PollingOutageForTooLong_DisablesCacheHits()
    {
        await using var fixture = await KeyFixture.StartAsync(new() { PositiveTtl = TimeSpan.FromHours(1) });
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        await fixture.PollAsync();
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);
        await fixture.Store.DisposeAsync();
        File.Move(fixture.DatabasePath, fixture.DatabasePath + ".away");

        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(await fixture.PollAsync());
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);

        fixture.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await fixture.AuthenticateAsync(key.Token)).Failure);

        File.Move(fixture.DatabasePath + ".away", fixture.DatabasePath);
        Assert.True(await fixture.PollAsync());
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);
        Assert.Equal(1, fixture.Queries.Count);
    }

    [Fact]
    public async Task LastSuccess_IsWhenTheStoreLastAnswered()
    {
        await using var fixture = await KeyFixture.StartAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(7));
        await fixture.PollAsync();
        var answered = fixture.Time.GetUtcNow();
        await fixture.Store.DisposeAsync();
        File.Move(fixture.DatabasePath, fixture.DatabasePath + ".away");

        fixture.Time.Advance(TimeSpan.FromSeconds(7));
        await fixture.PollAsync();

        Assert.Equal(answered, fixture.Watcher.LastSuccess);
    }
}
