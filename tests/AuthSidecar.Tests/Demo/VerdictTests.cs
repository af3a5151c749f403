using AuthSidecar.Demo.Requests;

namespace AuthSidecar.Tests.Demo;

public class VerdictTests
{
    private const string Secret = "ask_secret";
    private static readonly DemoCase _passing = Case(Expected.Pass(("authorization", "Bearer theirs"), ("x-forged", null)));
    private static readonly DemoCase _refused = Case(Expected.Refuse(401, "invalid_token"));

    [Fact]
    public void ExpectedResult_HasNoComplaint()
    {
        Assert.Empty(Of(_passing, Exchanges.Allowed(("authorization", "Bearer theirs"))));
        Assert.Empty(Of(_refused, Exchanges.Refused(401, "invalid_token")));
    }

    [Fact]
    public void RefusedThoughItMustPass_IsWrong() =>
        Assert.Equal(
            ["the client got 403 no_policy instead of 200", "the upstream was not called"],
            Of(_passing, Exchanges.Refused(403, "no_policy"))
        );

    [Fact]
    public void PassedThoughItMustBeRefused_IsWrong() =>
        Assert.Equal(
            ["the client got 200 instead of 401", "the upstream was called", "the reason is not given instead of invalid_token"],
            Of(_refused, Exchanges.Allowed())
        );

    [Fact]
    public void AnotherHeaderUpstream_IsWrong() =>
        Assert.Equal(
            ["the upstream saw authorization: Bearer mine instead of Bearer theirs"],
            Of(_passing, Exchanges.Allowed(("authorization", "Bearer mine")))
        );

    [Fact]
    public void AHeaderThatMustNotArrive_IsWrong() =>
        Assert.Equal(
            ["the upstream saw x-forged: root instead of nothing"],
            Of(_passing, Exchanges.Allowed(("authorization", "Bearer theirs"), ("x-forged", "root")))
        );

    [Fact]
    public void OurCredentialUpstream_IsWrong_InWhicheverHeader() =>
        Assert.Equal(
            ["the upstream saw a credential of ours in cookie"],
            Of(_passing, Exchanges.Allowed(("authorization", "Bearer theirs"), ("cookie", $"a={Secret}")))
        );

    [Fact]
    public void AnotherDecisionUpstream_IsWrong()
    {
        var exchange = Exchanges.Allowed(("authorization", "Bearer theirs"));
        var client = exchange.Client with { Headers = new Dictionary<string, string> { ["x-authsidecar-decision-id"] = "another" } };

        Assert.Equal(["the client and the upstream received different decision ids"], Of(_passing, exchange with { Client = client }));
    }

    [Fact]
    public void AnotherReason_IsWrong() =>
        Assert.Equal(["the reason is token_expired instead of invalid_token"], Of(_refused, Exchanges.Refused(401, "token_expired")));

    [Fact]
    public void NoDecisionId_IsWrong() =>
        Assert.Equal(["the client received no decision id"], Of(_refused, Exchanges.Refused(401, "invalid_token", decision: null)));

    [Fact]
    public void EnvoysOwnRefusal_NeedsNoReason_ButOnlyWhereItIsExpectedAndThereIsAnEnvoy()
    {
        var byEnvoy = Case(Expected.Refuse(400, "invalid_path") with { ByEnvoy = true });
        var answer = Exchanges.Refused(400, reason: null, decision: null);

        Assert.Empty(Of(byEnvoy, answer));
        Assert.Equal(2, Verdict.Of(byEnvoy, answer, hasEnvoy: false, [Secret]).Count);
    }

    [Fact]
    public void AWebSocket_PassesWith101_ThroughEnvoyOnly()
    {
        var socket = Case(Expected.Pass()) with { Kind = DemoCaseKind.WebSocket };
        var allowed = Exchanges.Allowed();

        Assert.Equal(["the client got 200  instead of 101"], Of(socket, allowed));
        Assert.Empty(Verdict.Of(socket, allowed, hasEnvoy: false, [Secret]));
    }

    [Fact]
    public void ClientsComplaint_IsADeviation() =>
        Assert.Equal(
            ["the stream was buffered"],
            Of(_refused, Exchanges.Refused(401, "invalid_token") with { Complaint = "the stream was buffered" })
        );

    private static IReadOnlyList<string> Of(DemoCase request, Exchange exchange) => Verdict.Of(request, exchange, hasEnvoy: true, [Secret]);

    private static DemoCase Case(Expected expected) => new("a case", "app", "/app", expected);
}
