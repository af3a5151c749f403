using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.WebSockets.Leases;
using StackExchange.Redis;

namespace AuthSidecar.Tests.Platform.Redis;

/// <summary>A Redis that rejects calls of one feature, by a key of another type or by its ACL, stays available to the others.</summary>
public sealed class RedisRefusalTests
{
    [RequiresFact("redis")]
    public async Task FeatureThatIsRefused_DoesNotKeepTheCircuitOpen()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAnsweredAsync(server.Address);
        await using var fixture = LimiterFixture.On(
            connection,
            new BudgetScript(connection).ProbeAsync,
            new LeaseScript(connection).ProbeAsync
        );
        await server.AskAsync("ACL SETUSER default -get");
        await Assert.ThrowsAsync<RedisServerException>(new BudgetScript(connection).DrawTicketAsync);

        fixture.Breaker!.Trip(new TimeoutException());

        Assert.False(fixture.Breaker.IsAvailable);
        await UntilAvailableAsync(fixture.Breaker);
    }

    private static async Task UntilAvailableAsync(RedisCircuitBreaker breaker)
    {
        for (var left = 300; !breaker.IsAvailable; left--)
        {
            Assert.True(left > 0, "The circuit stays open.");
            await Task.Delay(100);
        }
    }
}
