using System.Text.Json;
using AuthSidecar.Demo;

namespace AuthSidecar.Tests.Demo;

public class DemoPrintingTests
{
    private static readonly EnvoySearch _envoy = new("/usr/bin/envoy", "PATH");
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
    public void Table_SaysPlainlyWhatIsWrong()
    {
        var table = Table(_envoy, Passed(), Passed() with { Complaints = [$"the upstream saw {_secrets.GatewayKey}"] });

        Assert.Contains("WRONG", table, StringComparison.Ordinal);
        Assert.Contains("1 of 2 are not as they should be.", table, StringComparison.Ordinal);
        Assert.Contains("a [case]: the upstream saw demo-gateway-****.", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_WithoutEnvoy_SaysSo_AndWhy()
    {
        var table = Table(new(null, "there is none"), Passed());

        Assert.Contains("Without Envoy: there is none. The same requests as Check calls over gRPC", table, StringComparison.Ordinal);
        Assert.Contains("allowed", table, StringComparison.Ordinal);
    }

    [Fact]
    public void NeitherTableNorJson_HoldsASecretOrAColour()
    {
        var json = new StringWriter();
        DemoJson.Write(json, [Passed()], _secrets.Masks);

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
        DemoJson.Write(output, [Passed(), Passed() with { Exchange = Exchanges.Refused(401, "invalid_token"), Complaints = ["wrong"] }], _secrets.Masks);

        var items = JsonDocument.Parse(output.ToString()).RootElement.GetProperty("items");

        Assert.Equal(["name", "client", "upstream", "ok"], items[0].EnumerateObject().Select(property => property.Name));
        Assert.Equal(["status", "headers", "body"], items[0].GetProperty("client").EnumerateObject().Select(property => property.Name));
        Assert.Equal("Bearer demo-openai-****", items[0].GetProperty("upstream").GetProperty("headers").GetProperty("authorization").GetString());
        Assert.Equal((true, false), (items[0].GetProperty("ok").GetBoolean(), items[1].GetProperty("ok").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, items[1].GetProperty("upstream").ValueKind);
    }

    private DemoResult Passed()
    {
        var request = new DemoCase("a [case]", "app", "/app", Expected.Pass(("authorization", $"Bearer {_secrets.OpenAi}")));
        return new(request, Exchanges.Allowed(("authorization", $"Bearer {_secrets.OpenAi}"), ("cookie", _secrets.GatewayKey)), []);
    }

    private string Table(EnvoySearch envoy, params DemoResult[] results)
    {
        var output = new StringWriter();
        DemoTable.Write(output, results, envoy, _secrets.Masks);
        return output.ToString();
    }
}
