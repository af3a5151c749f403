using System.Net;
using System.Net.Http.Headers;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Metering;

/// <summary>Budget charges for responses that cannot be counted or have no price, through the shipped Envoy configuration.</summary>
public sealed class PrimingTests(UsageServers servers) : IClassFixture<UsageServers>, IAsyncLifetime
{
    private const UsageFacts AllSources = UsageFacts.Decided | UsageFacts.Observed | UsageFacts.Logged;
    private const long Floor = 10_000;

    // A response of whole.json has 19 and 10 tokens at 0.29 millionths each: priming costs almost nothing.
    private const string Prices = """
        {"provider":"openai","model":"gpt-4.1","from":"2026-01-01","input":290000,"output":290000}
        {"provider":"openai","model":"gpt-4o-mini","from":"2026-01-01","input":10000000,"output":40000000}
        """;

    public Task InitializeAsync() => servers.ImportPricesAsync(Prices);

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>
    /// Three cheap requests, then sixty concurrent ones that request no usage: only as many run as there are cents left, and each is
    /// charged at least one.
    /// </summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task CheapRequestsFirst_MakeUncountedOnesNoCheaper(EnvoyRelease release)
    {
        const long Limit = 10 * Floor;
        var spender = await servers.AddSpenderAsync(Limit);
        using var client = Client();
        for (var i = 0; i < 3; i++)
        {
            using var cheap = await servers.SendAsync(release, client, Fixture.Named("openai-chat/whole.json"), "whole", spender.Token);
            await cheap.Content.CopyToAsync(Stream.Null);
            var row = await servers.RowAsync(cheap, AllSources | UsageFacts.Settled);

            // The response names gpt-4.1-2025-04-14.
            Assert.Equal((7L, false), (row.CostMicros, row.IsEstimated));
        }

        servers.Upstream.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 60)
                .Select(_ => servers.SendAsync(release, client, Fixture.Named("openai-chat/stream-no-usage.sse"), "gate", spender.Token))
        );
        servers.Upstream.Gate.SetResult();
        var admitted = answers.Where(answer => answer.StatusCode == HttpStatusCode.OK).ToList();
        Assert.InRange(admitted.Count, 7, 10);
        Assert.All(answers.Except(admitted), answer =>
            Assert.Equal((429, "budget_reserved"), ((int)answer.StatusCode, answer.Headers.GetValues("x-authsidecar-reason").Single()))
        );
        foreach (var answer in admitted)
        {
            await answer.Content.CopyToAsync(Stream.Null);
            var row = await servers.RowAsync(answer, AllSources | UsageFacts.Settled);
            Assert.Equal(("no_usage", true), (row.Outcome, row.IsEstimated));
            Assert.InRange(row.CostMicros!.Value, Floor, long.MaxValue);
        }

        Array.ForEach(answers, answer => answer.Dispose());
        Assert.InRange(await servers.SpentAsync(spender), admitted.Count * Floor, long.MaxValue);
        await SpendTheRestAsync(release, client, spender, "openai-chat/stream-no-usage.sse");
    }

    /// <summary>A request whose client disconnects is charged at least a cent, however cheap the earlier requests were.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EarlyDisconnect_IsChargedTheMinimum(EnvoyRelease release)
    {
        var spender = await servers.AddSpenderAsync(100 * Floor);
        using (var client = Client())
        {
            using var cheap = await servers.SendAsync(release, client, Fixture.Named("openai-chat/whole.json"), "whole", spender.Token);
            await cheap.Content.CopyToAsync(Stream.Null);
            await servers.RowAsync(cheap, AllSources | UsageFacts.Settled);
        }

        var leaving = Client();
        using var half = await servers.SendAsync(release, leaving, Fixture.Named("anthropic/stream.sse"), "half", spender.Token);
        half.Dispose();
        leaving.Dispose();

        var row = await servers.RowAsync(half, AllSources | UsageFacts.Settled);
        Assert.Equal(("client_disconnect", true), (row.Outcome, row.IsEstimated));
        Assert.InRange(row.CostMicros!.Value, Floor, long.MaxValue);
    }

    /// <summary>
    /// Anthropic has no price here: counted tokens cost a budget the estimate, and without a budget the cost stays unknown.
    /// </summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task WithoutAPrice_TheBudgetIsCharged(EnvoyRelease release)
    {
        var spender = await servers.AddSpenderAsync(2 * Floor);
        using var client = Client();
        var fixture = Fixture.Named("anthropic/stream.sse");
        using var counted = await servers.SendAsync(release, client, fixture, "whole", spender.Token);
        await counted.Content.CopyToAsync(Stream.Null);
        var row = await servers.RowAsync(counted, AllSources | UsageFacts.Settled);
        Assert.Equal(("complete", fixture.Expected.Output, Floor, true), (row.Outcome, row.OutputTokens, row.CostMicros, row.IsEstimated));

        using var free = await servers.SendAsync(release, client, fixture, "whole", servers.Key.Token);
        await free.Content.CopyToAsync(Stream.Null);
        row = await servers.RowAsync(free, AllSources);
        Assert.Equal((fixture.Expected.Output, null, false), (row.OutputTokens, row.CostMicros, row.IsEstimated));

        await SpendTheRestAsync(release, client, spender, "anthropic/stream.sse");
    }

    /// <summary>The provider has prices, but none for this model: counted tokens cost the highest of them.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task UnlistedModel_CostsTheHighestPrice(EnvoyRelease release)
    {
        var spender = await servers.AddSpenderAsync(100 * Floor);
        using var client = Client();
        var fixture = Fixture.Named("openai-responses/whole.json");
        using var response = await servers.SendAsync(release, client, fixture, "whole", spender.Token);
        await response.Content.CopyToAsync(Stream.Null);

        // 36 input and 87 output tokens.
        var row = await servers.RowAsync(response, AllSources | UsageFacts.Settled);
        Assert.Equal((36L * 10) + (87 * 40), row.CostMicros);
        Assert.True(row.IsEstimated);
    }

    /// <summary>A long prompt reserves its cost, so that a burst of them does not pass at a cent each.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task LongPrompt_ReservesItsCost(EnvoyRelease release)
    {
        // 10,000 tokens at 10 USD a million are 0.10 USD. Check has the prices after the first priced row.
        var spender = await servers.AddSpenderAsync(10 * Floor);
        using var client = Client();
        using var first = await servers.SendAsync(release, client, Fixture.Named("openai-chat/whole.json"), "whole", servers.Key.Token);
        await first.Content.CopyToAsync(Stream.Null);
        Assert.Equal(7, (await servers.RowAsync(first, AllSources)).CostMicros);
        servers.Upstream.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using var running = await servers.SendAsync(
            release,
            client,
            Fixture.Named("openai-chat/stream-no-usage.sse"),
            "gate",
            spender.Token,
            Prompt(40_000)
        );
        Assert.Equal(HttpStatusCode.OK, running.StatusCode);
        using var refused = await servers.SendAsync(
            release,
            client,
            Fixture.Named("openai-chat/stream-no-usage.sse"),
            "gate",
            spender.Token
        );
        servers.Upstream.Gate.SetResult();

        Assert.Equal((429, "budget_reserved"), ((int)refused.StatusCode, refused.Headers.GetValues("x-authsidecar-reason").Single()));
        await running.Content.CopyToAsync(Stream.Null);
    }

    /// <summary>Where Envoy shows bodies, a request reserves what its longest answer costs at its model's price.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task OutputLimit_ReservesItsCost(EnvoyRelease release)
    {
        // 2,500 tokens at 40 USD a million are 0.10 USD.
        var spender = await servers.AddSpenderAsync(10 * Floor);
        using var client = Client();
        using var first = await servers.SendAsync(release, client, Fixture.Named("openai-chat/whole.json"), "whole", servers.Key.Token);
        await first.Content.CopyToAsync(Stream.Null);
        Assert.Equal(7, (await servers.RowAsync(first, AllSources)).CostMicros);
        servers.Upstream.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 2; i++)
        {
            answers.Add(
                await servers.SendAsync(
                    release,
                    client,
                    Fixture.Named("openai-chat/stream-no-usage.sse"),
                    "gate",
                    spender.Token,
                    new StringContent("""{"model":"gpt-4o-mini","max_tokens":2500}""", MediaTypeHeaderValue.Parse("application/json")),
                    showsBody: true
                )
            );
        }

        servers.Upstream.Gate.SetResult();
        Assert.Equal(HttpStatusCode.OK, answers[0].StatusCode);
        Assert.Equal((429, "budget_reserved"), ((int)answers[1].StatusCode, answers[1].Headers.GetValues("x-authsidecar-reason").Single()));
        await answers[0].Content.CopyToAsync(Stream.Null);
        answers.ForEach(answer => answer.Dispose());
    }

    // As many times as the limit has cents, then no more.
    private async Task SpendTheRestAsync(EnvoyRelease release, HttpClient client, IssuedKey spender, string fixture)
    {
        for (var i = 0; i < 15; i++)
        {
            using var next = await servers.SendAsync(release, client, Fixture.Named(fixture), "whole", spender.Token);
            await next.Content.CopyToAsync(Stream.Null);
            if (next.StatusCode == HttpStatusCode.OK)
            {
                await servers.RowAsync(next, AllSources | UsageFacts.Settled);
            }
            else if (next.Headers.GetValues("x-authsidecar-reason").Single() == "budget_exceeded")
            {
                Assert.Equal(HttpStatusCode.Forbidden, next.StatusCode);
                return;
            }
        }

        Assert.Fail("The budget is never spent.");
    }

    private static StringContent Prompt(int bytes) =>
        new($$"""{"model":"gpt-4o-mini","messages":"{{new string('a', bytes)}}"}""", MediaTypeHeaderValue.Parse("application/json"));

    private static HttpClient Client() => new(new SocketsHttpHandler()) { Timeout = TimeSpan.FromSeconds(60) };
}
