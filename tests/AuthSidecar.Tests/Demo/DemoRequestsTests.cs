using AuthSidecar.Demo.Requests;

namespace AuthSidecar.Tests.Demo;

public class DemoRequestsTests
{
    private static readonly DemoCase _refused = new("a case", "app", "/app", Expected.Refuse(401, "token_revoked"));

    [Fact]
    public async Task ABrokenExpectation_IsNotOk()
    {
        var client = new ScriptedClient(Exchanges.Allowed());

        var result = await RunAsync(client, _refused);

        Assert.False(result.IsOk);
        Assert.Contains("the upstream was called", result.Complaints);
    }

    [Fact]
    public async Task EnvoysOwn503_IsRetried()
    {
        var client = new ScriptedClient(Exchanges.Refused(503, null, decision: null), Exchanges.Refused(401, "token_revoked"));

        Assert.True((await RunAsync(client, _refused)).IsOk);
        Assert.Equal(2, client.Requests);
    }

    [Fact]
    public async Task EnvoysOwn503_ThatStays_IsWrong()
    {
        var client = new ScriptedClient(Exchanges.Refused(503, null, decision: null));

        Assert.False((await RunAsync(client, _refused)).IsOk);
        Assert.Equal(3, client.Requests);
    }

    [Fact]
    public async Task SidecarsOwn503_IsNotRetried()
    {
        var client = new ScriptedClient(Exchanges.Refused(503, "store_unavailable"), Exchanges.Refused(401, "token_revoked"));

        Assert.False((await RunAsync(client, _refused)).IsOk);
    }

    [Fact]
    public async Task RightIsWithdrawn_BetweenThePassAndTheRefusal()
    {
        var client = new ScriptedClient(Exchanges.Allowed(), Exchanges.Allowed(), Exchanges.Refused(401, "token_revoked"));
        var requestsBefore = 0;

        var result = await RunAsync(client, _refused with { Withdraw = _ => Task.FromResult(requestsBefore = client.Requests) });

        Assert.True(result.IsOk);
        Assert.Equal((1, 3), (requestsBefore, client.Requests));
        Assert.Matches("^refused 0[.][0-9] s later$", result.Exchange.Note);
    }

    [Fact]
    public async Task WithdrawnRight_ThatHadNotPassedBefore_IsWrong_AndNothingIsWithdrawn()
    {
        var client = new ScriptedClient(Exchanges.Refused(401, "token_revoked"));

        var result = await RunAsync(client, _refused with { Withdraw = _ => throw new InvalidOperationException() });

        Assert.Equal(["it did not pass before access was revoked"], result.Complaints);
    }

    [Fact]
    public async Task WithdrawnRight_ThatStillPassesAfterASecond_IsWrong()
    {
        var result = await RunAsync(new ScriptedClient(Exchanges.Allowed()), _refused with { Withdraw = _ => Task.CompletedTask });

        Assert.False(result.IsOk);
        Assert.Null(result.Exchange.Note);
    }

    private static Task<DemoResult> RunAsync(ScriptedClient client, DemoCase request) =>
        new DemoRequests(client, []).RunAsync(request, CancellationToken.None);
}
