using AuthSidecar.Administration.Reports;

namespace AuthSidecar.Tests.Administration.Reports;

public class CsvTests
{
    [Fact]
    public void Sums_HaveThisFormat() =>
        Assert.Equal(
            "group,requests,inputTokens,outputTokens,cachedReadTokens,cachedWriteTokens,reasoningTokens,costMicroUsd\r\n"
                + "gpt-5,2,10,5,1,2,3,250000\r\n"
                + "\"a, \"\"b\"\"\nc\",1,0,0,0,0,0,0\r\n"
                + ",1,0,0,0,0,0,\r\n",
            Csv.Write([
                new UsageSum("gpt-5", 2, 10, 5, 1, 2, 3, 250_000),
                new UsageSum("a, \"b\"\nc", 1, 0, 0, 0, 0, 0, 0),
                new UsageSum(null, 1, 0, 0, 0, 0, 0, null),
            ])
        );

    [Fact]
    public void Rows_HaveThisFormat() =>
        Assert.Equal(
            "decisionId,time,keyId,userId,tenant,app,policy,provider,model,mode,decision,reason,status,outcome,errorType,durationMs,requestBytes,responseBytes,"
                + "inputTokens,outputTokens,cachedReadTokens,cachedWriteTokens,reasoningTokens,costMicroUsd,estimated,client,path,requests\r\n"
                + "01,2026-01-31T23:59:59.5Z,k,u,t,a,p,o,m,byok,allow,,200,complete,e,1,2,3,4,5,6,7,8,9,true,codex,/v1,\r\n"
                + "02,2026-01-31T22:59:59Z,,,,,,,,,,,,,,,,,,,,,,,false,,,\r\n",
            Csv.Write([
                UsageRowDocument.Of(
                    new()
                    {
                        DecisionId = "01",
                        Time = new(2026, 1, 31, 23, 59, 59, 500, TimeSpan.Zero),
                        KeyId = "k",
                        UserId = "u",
                        Tenant = "t",
                        App = "a",
                        Policy = "p",
                        Provider = "o",
                        Model = "m",
                        Mode = "byok",
                        Decision = "allow",
                        Reason = "",
                        Status = 200,
                        Outcome = "complete",
                        ErrorType = "e",
                        DurationMs = 1,
                        RequestBytes = 2,
                        ResponseBytes = 3,
                        InputTokens = 4,
                        OutputTokens = 5,
                        CachedReadTokens = 6,
                        CachedWriteTokens = 7,
                        ReasoningTokens = 8,
                        CostMicros = 9,
                        IsEstimated = true,
                        Client = "codex",
                        Path = "/v1",
                    }
                ),
                UsageRowDocument.Of(new() { DecisionId = "02", Time = new(2026, 1, 31, 23, 59, 59, TimeSpan.FromHours(1)) }),
            ])
        );

    [Theory]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData("+1", "\"'+1\"")]
    [InlineData("-1", "\"'-1\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("\t=1", "\"'\t'=1\"")]
    [InlineData("\r=1", "\"'\r'=1\"")]
    [InlineData("a;=1;b;@c", "\"a;'=1;b;'@c\"")]
    [InlineData("a\t+1", "\"a\t'+1\"")]
    [InlineData("a\n-1", "\"a\n'-1\"")]
    [InlineData("a;b", "a;b")]
    [InlineData("＝1", "\"'＝1\"")]
    [InlineData("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"")]
    [InlineData("a=1", "a=1")]
    [InlineData("gpt-5", "gpt-5")]
    [InlineData("", "")]
    public void Formulas_BecomeText(string group, string cell) =>
        Assert.StartsWith(
            $"{cell},1,",
            Csv.Write([new UsageSum(group, 1, 0, 0, 0, 0, 0, null)]).Split("costMicroUsd\r\n")[1],
            StringComparison.Ordinal
        );

    [Fact]
    public void Nothing_IsTheHeaderAlone() =>
        Assert.Equal(1, Csv.Write(Array.Empty<UsageSum>()).Split("\r\n").Count(line => line.Length > 0));
}
