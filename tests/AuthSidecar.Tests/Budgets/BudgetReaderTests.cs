using AuthSidecar.Budgets;
using AuthSidecar.Storage;
using AuthSidecar.Tests.Authentication;

namespace AuthSidecar.Tests.Budgets;

public class BudgetReaderTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData(0L, true)]
    [InlineData(1L, false)]
    [InlineData(5_000_000L, false)]
    public async Task Limit_DecidesAsLongAsNothingIsSpent(long? limit, bool isExceeded)
    {
        await using var world = await KeyWorld.StartAsync();
        var user = await world.CreateUserAsync();
        if (limit is { } micros)
        {
            world.Execute($"INSERT INTO Budgets VALUES ('user', '{user.Id}', {micros}, 0)");
        }

        world.Execute($"INSERT INTO Budgets VALUES ('group', '{user.Id}', 0, 0), ('user', 'another', 0, 0)");

        Assert.Equal(new BudgetState(isExceeded, limit), await ReadAsync(world, new(user.Id, null)));
    }

    [Theory]
    [InlineData(null, null, null, false, null)]
    [InlineData(5L, 3L, null, false, 3L)]
    [InlineData(5L, 0L, null, true, 0L)]
    [InlineData(0L, 5L, null, true, 0L)]
    [InlineData(null, 0L, 5L, true, 0L)]
    [InlineData(null, 5L, 0L, true, 0L)]
    [InlineData(5L, 7L, 0L, false, 5L)]
    public async Task KeysBudget_CountsBesides(long? user, long? key, long? group, bool isExceeded, long? limit)
    {
        await using var world = await KeyWorld.StartAsync();
        var alice = await world.CreateUserAsync();
        world.Execute($"INSERT INTO Groups VALUES ('g', 0); INSERT INTO GroupMembers (GroupId, UserId) VALUES ('g', '{alice.Id}')");
        foreach (var (scope, id, micros) in new[] { ("user", alice.Id, user), ("key", "k", key), ("group", "g", group) })
        {
            if (micros is not null)
            {
                world.Execute($"INSERT INTO Budgets VALUES ('{scope}', '{id}', {micros}, 0)");
            }
        }

        Assert.Equal(new BudgetState(isExceeded, limit), await ReadAsync(world, new(alice.Id, "k")));
    }

    [Fact]
    public async Task NobodysKey_HasItsOwnBudgetOnly()
    {
        await using var world = await KeyWorld.StartAsync();
        world.Execute("INSERT INTO Budgets VALUES ('key', 'k', 0, 0), ('user', '', 0, 0)");

        Assert.True((await ReadAsync(world, new(null, "k"))).IsExceeded);
        Assert.False((await ReadAsync(world, new(null, "another"))).IsExceeded);
    }

    [Fact]
    public async Task StoreIsGone_SaysSo()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.Store.DisposeAsync();
        File.Delete(world.DatabasePath);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => ReadAsync(world, new("user", null)));
    }

    private static async Task<BudgetState> ReadAsync(KeyWorld world, Spender spender)
    {
        using var reader = new BudgetReader(world.Store, world.Clock);
        return await reader.ReadAsync(spender, CancellationToken.None);
    }
}
