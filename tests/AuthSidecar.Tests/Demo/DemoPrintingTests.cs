using System.Text.Json;
using AuthSidecar.Demo.Output;
using AuthSidecar.Demo.Proxy;
using AuthSidecar.Demo.Requests;
using AuthSidecar.Demo.Workspace;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Tests.Demo;

public class DemoPrintingTests
{
    private static readonly EnvoySearch _envoy = new("/usr/bin/envoy", "PATH");
    private static readonly UsageRow _row = new()
    {
        DecisionId = Exchanges.Decision,
        Policy = "app",
        Provider = "openai",
        Mode = "centralized",
        Decision = "allow",
        Outcome = "complete",
        Model = "demo",
        InputTokens = 9,
        OutputTokens = 3,
    };

    private readonly DemoUsage _usage = new([Exchanges.Decision], [_row], HasEnvoy: true);
    private readonly DemoSecrets _secrets = new();

    [Fact]
    public void Table_ShowsBothEnds()
    {
        var table = Table(_envoy, Passed());

        Assert.Contains("Through Envoy: /usr/bin/envoy (PATH)", table, StringComparison.Ordinal);
        Assert.Contains(Exchanges.Decision, table, StringComparison.Ordinal);
        Assert.Contains("authorization: Bearer demo-openai-****", table, StringComparison.Ordinal);
        Assert.Contains("All 1 are as they should be.", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_ShowsDeviations()
    {
        var table = Table(_envoy, Passed(), Passed() with { Complaints = [$"the upstream saw {_secrets.GatewayKey}"] });

        Assert.Contains("WRONG", table, StringComparison.Ordinal);
        Assert.Contains("1 of 2 are not as they should be.", table, StringComparison.Ordinal);
        Assert.Contains("a [case]: the upstream saw demo-gateway-****.", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_WithoutEnvoy_HasANoticeWithTheReason()
    {
        var table = Table(new(null, "there is none"), Passed());

        Assert.Contains(
            "Without Envoy: there is none. The same requests were made as Check calls over gRPC",
            table,
            StringComparison.Ordinal
        );
        Assert.Contains("allowed", table, StringComparison.Ordinal);
    }

    [Fact]
    public void NeitherTableNorJson_HoldsASecretOrAColour()
    {
        var json = new StringWriter();
        DemoJson.Write(json, [Passed()], _usage, _secrets.Masks);

        foreach (var printed in new[] { Table(_envoy, Passed()), json.ToString() })
        {
            Assert.All([_secrets.OpenAi, .. _secrets.Ours], secret => Assert.DoesNotContain(secret, printed, StringComparison.Ordinal));
            Assert.DoesNotContain('\e', printed);
        }
    }

    [Fact]
    public void Json_HasTheFormOfTheContract()
    {
        var output = new StringWriter();
        DemoJson.Write(
            output,
            [Passed(), Passed() with { Exchange = Exchanges.Refused(401, "invalid_token"), Complaints = ["wrong"] }],
            _usage,
            _secrets.Masks
        );

        var items = JsonDocument.Parse(output.ToString()).RootElement.GetProperty("items");

        Assert.Equal(["name", "client", "upstream", "ok"], items[0].EnumerateObject().Select(property => property.Name));
        Assert.Equal(["status", "headers", "body"], items[0].GetProperty("client").EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            "Bearer demo-openai-****",
            items[0].GetProperty("upstream").GetProperty("headers").GetProperty("authorization").GetString()
        );
        Assert.Equal((true, false), (items[0].GetProperty("ok").GetBoolean(), items[1].GetProperty("ok").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, items[1].GetProperty("upstream").ValueKind);
        Assert.Equal(9, JsonDocument.Parse(output.ToString()).RootElement.GetProperty("usage")[0].GetProperty("inputTokens").GetInt32());
    }

    [Fact]
    public void Table_ShowsWhatWasRecorded()
    {
        var table = Table(_envoy, Passed());

        Assert.Matches(@"a \[case\] +app +centralized +complete +demo +9 +3", table);
        Assert.Contains("1 decisions, 1 rows.", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Usage_MustBeOneWholeRowForEachDecision()
    {
        var open = _row.Clone();
        (open.Outcome, open.OutputTokens) = (null, null);

        Assert.Empty(_usage.Complaints);
        Assert.Equal(["decision b has no row"], new DemoUsage([Exchanges.Decision, "b"], [_row], HasEnvoy: true).Complaints);
        Assert.Equal([$"row {Exchanges.Decision} is of no decision"], new DemoUsage([], [_row], HasEnvoy: true).Complaints);
        Assert.Equal(
            [$"row {Exchanges.Decision} has no end", $"row {Exchanges.Decision} has 9 tokens in and  out"],
            new DemoUsage([Exchanges.Decision], [open], HasEnvoy: true).Complaints
        );
        Assert.Empty(new DemoUsage([Exchanges.Decision], [open], HasEnvoy: false).Complaints);
        Assert.Empty(new DemoUsage([Exchanges.Decision], [open], HasEnvoy: true, new HashSet<string>()).Complaints);
        Assert.NotEmpty(new DemoUsage([Exchanges.Decision], [open], HasEnvoy: true, new HashSet<string> { Exchanges.Decision }).Complaints);
    }

    private DemoResult Passed()
    {
        var request = new DemoCase("a [case]", "app", "/app", Expected.Pass(("authorization", $"Bearer {_secrets.OpenAi}")));
        return new(request, Exchanges.Allowed(("authorization", $"Bearer {_secrets.OpenAi}"), ("cookie", _secrets.GatewayKey)), []);
    }

    private string Table(EnvoySearch envoy, params DemoResult[] results)
    {
        var output = new StringWriter();
        DemoTable.Write(output, results, _usage, envoy, _secrets.Masks);
        return output.ToString();
    }
}
