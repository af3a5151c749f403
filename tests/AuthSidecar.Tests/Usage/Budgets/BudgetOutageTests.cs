using System.Diagnostics.CodeAnalysis;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Budgets;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Usage.Budgets;

/// <summary>Redis killed, hanging, restarted without its data and back; and an unavailable store.</summary>
[SuppressMessage("Design", "CA1001", Justification = "DisposeAsync of the fixture does it.")]
public sealed class BudgetOutageTests : IAsyncLifetime
{
    private const long Estimate = CostEstimates.DefaultMicros;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly SharedConnections _connections = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _connections.DisposeAsync();

    [RequiresTheory("redis")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RedisOutage_EachReplicaReservesForItself_OnTopOfSpentAndReserved(bool hangs)
    {
        await using var fixture = await BudgetFixture.StartAsync(user: 4 * Estimate);
        var replica = fixture.AddReplica(await _connections.OpenAsync(), _patience);
        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("a"));
        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("b"));
        await replica.EndAsync("a", Estimate);
        await BreakAsync(hangs);

        // One is spent and one is reserved.
        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("c"));
        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("d"));
        Assert.Equal(ReserveVerdict.Held, await replica.ReserveAsync("e"));
        await replica.EndAsync("c", tokens: 1);
        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("f"));
        _connections.Server.Resume();
    }

    [RequiresTheory("redis")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RecoveredRedis_HasTheReservationsOfTheOutage_EvenAfterDataLoss(bool comesBackEmpty)
    {
        await using var fixture = await BudgetFixture.StartAsync(user: 5 * Estimate);
        var (first, second) = (
            fixture.AddReplica(await _connections.OpenAsync(), _patience),
            fixture.AddReplica(await _connections.OpenAsync(), _patience)
        );
        foreach (var id in new[] { "a", "b", "c" })
        {
            Assert.Equal(ReserveVerdict.Reserved, await first.ReserveAsync(id));
        }

        Assert.Equal(ReserveVerdict.Reserved, await second.ReserveAsync("d"));
        await BreakAsync(hangs: !comesBackEmpty);

        // Of three one stays, one is released and one is spent; one is added. With the other replica's there are three, and one is spent.
        await first.ReleaseAsync("a");
        await first.EndAsync("b", Estimate);
        Assert.Equal(ReserveVerdict.Reserved, await first.ReserveAsync("e"));
        if (comesBackEmpty)
        {
            await _connections.Server.RestartAsync();
        }
        else
        {
            _connections.Server.Resume();
        }

        await UntilOpenAsync(first);
        await UntilOpenAsync(second);

        Assert.Equal(ReserveVerdict.Reserved, await first.ReserveAsync("f"));
        Assert.Equal(ReserveVerdict.Held, await second.ReserveAsync("g"));
        Assert.Equal(ReserveVerdict.Held, await first.ReserveAsync("h"));
    }

    [RequiresFact("redis")]
    public async Task RedisOutage_EachReplicaReservesItsShareOfTheRest()
    {
        await using var fixture = await BudgetFixture.StartAsync(user: 6 * Estimate);
        var (first, second) = (
            fixture.AddReplica(await _connections.OpenAsync(), _patience),
            fixture.AddReplica(await _connections.OpenAsync(), _patience)
        );
        await first.Registry!.AnnounceAsync();
        await second.Registry!.AnnounceAsync();
        await first.Registry.AnnounceAsync();
        Assert.Equal(ReserveVerdict.Reserved, await first.ReserveAsync("a"));
        Assert.Equal(ReserveVerdict.Reserved, await second.ReserveAsync("b"));
        await _connections.Server.KillAsync();

        foreach (var (replica, name) in new[] { (first, "first"), (second, "second") })
        {
            Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync($"{name}-1"));
            Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync($"{name}-2"));
            Assert.Equal(ReserveVerdict.Held, await replica.ReserveAsync($"{name}-3"));
        }
    }

    [RequiresFact("redis")]
    public async Task RedisThatLostItsData_IsRefilledBeforeAnySocketIsAdmitted()
    {
        await using var fixture = await BudgetFixture.StartAsync(user: 3 * Estimate);
        var replica = fixture.AddReplica(await _connections.OpenAsync());
        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("a"));
        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("b"));
        await _connections.Server.AskAsync("FLUSHALL");

        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("c"));
        Assert.Equal(ReserveVerdict.Held, await replica.ReserveAsync("d"));
    }

    [RequiresTheory("redis")]
    [InlineData("SET {budgets}:account:user:202601:ada x")]
    [InlineData("RPUSH {budgets}:account:user:202601:ada x")]
    [InlineData("HSET {budgets}:account:user:202601:ada reserved -99999999999")]
    [InlineData("HSET {budgets}:account:user:202601:ada spent -99999999999")]
    [InlineData("HSET {budgets}:account:user:202601:ada spent nan")]
    [InlineData("HSET {budgets}:account:user:202601:ada ticket 9e300")]
    [InlineData("HDEL {budgets}:account:user:202601:ada reserved")]
    [InlineData("SET {budgets}:amounts:user:202601:ada x")]
    [InlineData("SET {budgets}:ends:user:202601:ada x")]
    [InlineData("SET {budgets}:ticket x")]
    [InlineData("RPUSH {budgets}:ticket x")]
    [InlineData("SET {budgets}:ticket 9e300")]
    [InlineData("SET {budgets}:ticket -inf")]
    public async Task ForeignValue_IsReplaced_AndTheBudgetHolds(string command)
    {
        await using var fixture = await BudgetFixture.StartAsync(user: Estimate);
        var replica = fixture.AddReplica(await _connections.OpenAsync());
        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("a"));
        command = command.Replace("{budgets}", "authsidecar:{budgets}", StringComparison.Ordinal);
        if (command[0] is 'S' or 'R')
        {
            await _connections.Server.AskAsync($"DEL {command.Split(' ')[1]}");
        }

        await _connections.Server.AskAsync(command);

        Assert.Equal(ReserveVerdict.Held, await replica.ReserveAsync("b"));

        Assert.True(replica.Breaker!.IsAvailable);
        Assert.Empty(replica.Log.Entries);
    }

    [RequiresFact("redis")]
    public async Task RefusingRedis_IsIgnored_AndOthersContinue()
    {
        await using var fixture = await BudgetFixture.StartAsync(user: Estimate);
        var replica = fixture.AddReplica(await _connections.OpenAsync());
        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("a"));
        await _connections.Server.AskAsync("ACL SETUSER default -hget");

        Assert.Equal(ReserveVerdict.Held, await replica.ReserveAsync("b"));

        Assert.True(replica.Breaker!.IsAvailable);
        Assert.Contains("reserving in this replica only", Assert.Single(replica.Log.Entries).Message, StringComparison.Ordinal);
        await _connections.Server.AskAsync("ACL SETUSER default +@all");
    }

    [RequiresFact("redis")]
    public async Task EmptyStoreAndRedis_AdmitNoRequest()
    {
        await using var fixture = await BudgetFixture.StartAsync(user: Estimate);
        var replica = fixture.AddReplica(await _connections.OpenAsync());
        var budget = await replica.FindAsync();
        await _connections.Server.AskAsync("FLUSHALL");
        await using (var context = fixture.Store.Open())
        {
            await context.Database.ExecuteSqlAsync($"ALTER TABLE Spends RENAME TO Away");
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await replica.Ledger.ReserveAsync("a", budget, BudgetFixture.Policy, BudgetFixture.User, 0, CancellationToken.None)
        );
    }

    [Fact]
    public async Task StoreThatCannotBeReadAfterTheCommit_IsSettledAndLearnedFromTheNextTime()
    {
        const long Cost = Estimate * 3 / 2;
        await using var fixture = await BudgetFixture.StartAsync(user: 2 * Estimate);
        var replica = fixture.AddReplica();
        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("a"));
        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("a2"));
        var settled = await replica.CommitAsync(
            replica.Decided("a", Estimate),
            replica.Observed("a", tokens: Cost),
            replica.Decided("a2", Estimate),
            replica.Observed("a2", tokens: 7)
        );
        await using var context = fixture.Store.Open();
        await context.Database.ExecuteSqlAsync($"ALTER TABLE Spends RENAME TO Away");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => replica.Ledger.SettleAsync(settled, CancellationToken.None));
        Assert.Equal(ReserveVerdict.Held, await replica.ReserveAsync("b"));
        Assert.Equal(Estimate, replica.Estimates.Of(BudgetFixture.Policy, BudgetFixture.User));
        await context.Database.ExecuteSqlAsync($"ALTER TABLE Away RENAME TO Spends");

        await replica.Ledger.SettleAsync(settled, CancellationToken.None);

        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("c"));
        Assert.Equal(Cost, replica.Estimates.Of(BudgetFixture.Policy, BudgetFixture.User));
    }

    private async Task BreakAsync(bool hangs)
    {
        if (hangs)
        {
            _connections.Server.Freeze();
        }
        else
        {
            await _connections.Server.KillAsync();
        }
    }

    private static async Task UntilOpenAsync(BudgetFixture.Replica replica)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!replica.Breaker!.IsAvailable)
        {
            await Task.Delay(20, limit.Token);
        }
    }
}
