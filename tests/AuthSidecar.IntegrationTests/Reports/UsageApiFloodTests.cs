using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.IntegrationTests.Reports;

public sealed class UsageApiFloodTests(ReportServers servers) : IClassFixture<ReportServers>
{
    [Fact]
    public async Task FloodOfInvalidKeys_IsThrottled_AndTheAdminIsNot()
    {
        Assert.Equal(200, (await servers.GetAsync("/api/usage")).Status);
        var refusals = new List<string>();
        while (refusals.Count < 50 * ReportServers.MostFailures && !refusals.Contains("429 too_many_failures"))
        {
            refusals.Add((await servers.GetAsync("/api/usage", ("X-Api-Key", KeyToken.Generate(TokenFamily.Ask)))).Problem());
        }

        Assert.Equal("429 too_many_failures", refusals[^1]);
        Assert.All(refusals.SkipLast(1), refusal => Assert.Equal("401 invalid_token", refusal));
        Assert.Equal(200, (await servers.GetAsync("/api/usage")).Status);
    }
}
