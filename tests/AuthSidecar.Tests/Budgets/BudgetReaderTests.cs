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
