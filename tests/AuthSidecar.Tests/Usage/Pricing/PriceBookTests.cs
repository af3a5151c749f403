using AuthSidecar.Administration.Pricing;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Tests.Access.Authentication;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.Usage.Pricing;

namespace AuthSidecar.Tests.Usage.Pricing;

public class PriceBookTests
{
    private const UsageFacts Seen = UsageFacts.Observed | UsageFacts.HasUsage;
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    // Prices are 1, 100, 10_000 and so on per token, so that each token shows where it was charged: input, output, cached read, cached
    // write, reasoning.
    [Theory]
    [InlineData("HasCachedInInput, HasReasoningInOutput", 10, 5, null, null, null, 5_10)]
    [InlineData("HasCachedInInput, HasReasoningInOutput", 10, 5, 4, null, null, 4_05_06)]
    [InlineData("HasCachedInInput, HasReasoningInOutput", 10, 5, 4, 3, 2, 2_03_04_03_03)]
    [InlineData("HasReasoningInOutput", 10, 5, 4, 3, 2, 2_03_04_03_10)]
    [InlineData("HasCachedInInput", 10, 5, 4, null, 2, 2_00_04_05_06)]
    [InlineData("None", 10, 5, 4, 3, 2, 2_03_04_05_10)]
    [InlineData("HasCachedInInput, HasReasoningInOutput", 3, 5, 4, null, 9, 9_00_04_05_03)]
    [InlineData("HasCachedInInput, HasReasoningInOutput", null, 5, 4, null, null, 4_05_00)]
    [InlineData("HasCachedInInput, HasReasoningInOutput", null, null, null, null, null, 0)]
    public async Task EachToken_IsChargedOnce_AsItsProviderCounts(
        string facts,
        int? input,
        int? output,
        int? read,
        int? write,
        int? reasoning,
        long cost
    )
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(
            fixture,
            """{"provider":"p","model":"m","from":"2026-01-01","input":1000000,"output":100000000,"cachedRead":10000000000,"cachedWrite":10000000000,"reasoning":10000000000}"""
        );
        fixture.Execute("UPDATE Prices SET CachedWrite = 1000000000000, Reasoning = 100000000000000");
        var row = new UsageRow
        {
            DecisionId = "d",
            Time = _now,
            Provider = "p",
            Model = "m",
            Facts = Seen | Enum.Parse<UsageFacts>(facts),
            InputTokens = input,
            OutputTokens = output,
            CachedReadTokens = read,
            CachedWriteTokens = write,
            ReasoningTokens = reasoning,
        };

        Assert.Equal(cost, Book(fixture).CostOf(row));
    }

    [Theory]
    [InlineData("\"input\":3,\"output\":1500000", 999_999, 1, 0, 2L + 1)]
    [InlineData("\"input\":3,\"output\":1500000", 333_333, 0, 0, 0L)]
    [InlineData("\"input\":3,\"output\":1500000", 333_334, 0, 0, 1L)]
    [InlineData("\"input\":600000,\"output\":600000", 1, 1, 0, 0L)]
    [InlineData("\"input\":2000000,\"output\":0", 5, 9, 0, 10L)]
    [InlineData("\"input\":2000000", 5, 0, 0, 10L)]
    [InlineData("\"input\":2000000", 5, 1, 0, null)]
    [InlineData("\"output\":2000000", 5, 1, 0, null)]
    [InlineData("\"output\":2000000", 0, 4, 3, 8L)]
    [InlineData("\"input\":10000000000,\"output\":10000000000", 999_999_999_999, 999_999_999_999, 0, 1_000_000_000_000L)]
    public async Task Cost_IsCutToWholeMicrosByCategory_AndUnknownWhereAPriceIs(
        string prices,
        long input,
        long output,
        long reasoning,
        long? cost
    )
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, $$"""{"provider":"p","model":"m","from":"2026-01-01",{{prices}}}""");

        Assert.Equal(
            cost,
            Book(fixture)
                .CostOf(
                    new()
                    {
                        DecisionId = "d",
                        Time = _now,
                        Provider = "p",
                        Model = "m",
                        Facts = Seen | UsageFacts.HasReasoningInOutput,
                        InputTokens = input,
                        OutputTokens = output,
                        ReasoningTokens = reasoning,
                    }
                )
        );
    }

    [Theory]
    [InlineData("alias", "answer", "alias", 5L)]
    [InlineData("answer", "answer", "alias", 5L)]
    [InlineData("answer", "answer", null, 5L)]
    [InlineData("alias", "answer", "alias-mini", null)]
    [InlineData("alias", "answer", null, null)]
    public async Task ResponseWithoutAPrice_CostsTheRequestedModel(string priced, string answered, string? asked, long? cost)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, $$"""{"provider":"p","model":"{{priced}}","from":"2026-01-01","input":1000000,"output":1000000}""");

        Assert.Equal(
            cost,
            Book(fixture)
                .CostOf(
                    new()
                    {
                        DecisionId = "d",
                        Time = _now,
                        Provider = "p",
                        Model = answered,
                        AskedModel = asked,
                        Facts = Seen | UsageFacts.IsResponseModel,
                        InputTokens = 5,
                    }
                )
        );
    }

    // Tokens without a price of their own cost the price of their side, input or output.
    [Fact]
    public async Task CachedTokensWithoutAPrice_CostAsInput_AndReasoningAsOutput()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, """{"provider":"p","model":"m","from":"2026-01-01","input":1000000,"output":100000000}""");

        Assert.Equal(
            14_00 + 20,
            Book(fixture).CostOf(Row(input: 20, output: 10, read: 5, reasoning: 4, facts: Seen | UsageFacts.HasCachedInInput))
        );
    }

    [Fact]
    public async Task Unknown_IsNeverNothing()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, """{"provider":"p","model":"*","from":"2026-01-01","input":1000000}""");
        var book = Book(fixture);

        Assert.Equal(7, book.CostOf(Row(input: 7)));
        Assert.Null(book.CostOf(Row(input: 7, provider: "other")));
        Assert.Null(book.CostOf(Row(input: 7, provider: null)));
        Assert.Null(book.CostOf(Row(input: 7, model: null)));
        Assert.Null(book.CostOf(Row(input: 7, facts: UsageFacts.Observed | UsageFacts.Ended)));
        Assert.Null(book.CostOf(Row(input: 7, time: new(2025, 12, 31, 23, 59, 59, TimeSpan.Zero))));
    }

    private const string Both = """
        {"provider":"p","model":"cheap","from":"2026-01-01","input":1000000,"output":10000000}
        {"provider":"p","model":"usual","from":"2026-01-01","input":2000000,"output":20000000}
        {"provider":"p","model":"dear","from":"2026-01-01","input":9000000,"output":9000000,"cachedRead":1000000}
        {"provider":"p","model":"dearer later","from":"2026-02-01","input":900000000,"output":900000000}
        {"provider":"q","model":"m","from":"2026-01-01","input":7000000}
        """;

    // Counted tokens cost the highest price of their kind; observed amounts cost the model's price or the median.
    [Theory]
    [InlineData("p", "unlisted", 3, 2, null, null, 3 * 9 + 2 * 20)]
    [InlineData("p", "unlisted", 3, 2, 1000, 1, 3 * 9 + 2 * 20)]
    [InlineData("p", null, 3, 2, null, null, 3 * 9 + 2 * 20)]
    [InlineData("p", "unlisted", null, null, 5, 4, 5 * 2 + 4 * 10)]
    [InlineData("p", "cheap", null, null, 5, 4, 5 + 4 * 10)]
    [InlineData("p", "cheap-2026-01-01", null, null, 5, 4, 5 + 4 * 10)]
    [InlineData("p", "cheap", 7, 1, 5, 4, 7 + 4 * 10)]
    [InlineData("p", "cheap", 7, 6, 5, 4, 7 + 6 * 10)]
    [InlineData("p", "cheap", null, null, null, null, 0)]
    [InlineData("q", "m", null, null, 5, null, 5 * 7)]
    [InlineData("q", "m", null, null, 5, 4, null)]
    [InlineData("q", "m", 5, 4, null, null, null)]
    [InlineData("q", "unlisted", 5, null, null, null, 5 * 7)]
    [InlineData("none", "m", 5, 4, 5, 4, null)]
    [InlineData(null, "m", 5, 4, 5, 4, null)]
    public async Task UnknownUsage_IsEstimated(
        string? provider,
        string? model,
        int? input,
        int? output,
        int? seenInput,
        int? seenOutput,
        int? guess
    )
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, Both.Replace("dearer later", "dearer", StringComparison.Ordinal));

        Assert.Equal(
            guess,
            Book(fixture)
                .GuessOf(
                    new()
                    {
                        DecisionId = "d",
                        Time = _now,
                        Provider = provider,
                        Model = model,
                        Facts = UsageFacts.Observed | (input is null ? UsageFacts.None : UsageFacts.HasUsage),
                        InputTokens = input,
                        OutputTokens = output,
                        SeenInputTokens = seenInput,
                        SeenOutputTokens = seenOutput,
                    }
                )
        );
    }

    // Azure's responses name the model and its requests the deployment; either may have a price, and the response's has precedence.
    [Theory]
    [InlineData("gpt-4o-2024-08-06", "/openai/deployments/ours/chat/completions", 5 * 3)]
    [InlineData("o1-2024-12-17", "/openai/deployments/ours/chat/completions", 5 * 7)]
    [InlineData("o1-2024-12-17", "/openai/deployments/theirs/chat/completions", null)]
    [InlineData("gemini-2.5-flash-preview-05-20", "/v1beta/models/ours:generateContent", 5 * 7)]
    [InlineData(null, "/openai/deployments/ours/chat/completions", 5 * 7)]
    [InlineData("o1", "/v1/chat/completions", null)]
    [InlineData("o1", null, null)]
    public async Task PathModel_IsUsed_WhenTheResponseModelHasNoPrice(string? model, string? path, int? cost)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(
            fixture,
            """
            {"provider":"p","model":"gpt-4o","from":"2026-01-01","input":3000000}
            {"provider":"p","model":"ours","from":"2026-01-01","input":7000000}
            """
        );
        var row = Row(input: 5, model: model);
        row.Path = path;

        Assert.Equal(cost, Book(fixture).CostOf(row));
    }

    [Fact]
    public async Task UnobservedExchange_IsEstimatedByItsBytes()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, Both.Replace("dearer later", "dearer", StringComparison.Ordinal));
        var row = new UsageRow
        {
            DecisionId = "d",
            Time = _now,
            Provider = "p",
            Model = "cheap",
            ResponseBytes = 2560,
            Facts = UsageFacts.Logged,
        };

        Assert.Equal(10 * 10, Book(fixture).GuessOf(row));
        row.RequestBytes = 256_000;
        Assert.Equal((10 * 10) + 1000, Book(fixture).GuessOf(row));
        row.Facts |= UsageFacts.Observed;
        Assert.Equal(0, Book(fixture).GuessOf(row));
    }

    [Fact]
    public async Task APriceForAnyModel_IsTheMiddleOne()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(
            fixture,
            """
            {"provider":"p","model":"*","from":"2026-01-01","input":3000000,"output":4000000}
            {"provider":"p","model":"dear","from":"2026-01-01","input":90000000,"output":90000000}
            """
        );

        Assert.Equal(
            5 * 3 + 4 * 4,
            Book(fixture)
                .GuessOf(
                    new()
                    {
                        DecisionId = "d",
                        Time = _now,
                        Provider = "p",
                        SeenInputTokens = 5,
                        SeenOutputTokens = 4,
                        Facts = UsageFacts.Observed,
                    }
                )
        );
    }

    // Check does not wait for prices: they are loaded soon after the first request.
    [Fact]
    public async Task BeforeARequest_ThePricesInMemoryCount()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, Both.Replace("dearer later", "dearer", StringComparison.Ordinal));
        var book = Book(fixture);

        Assert.Equal(0, book.Expect("p", "cheap", _now, 5, 4));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (book.Expect("p", "cheap", _now, 5, 4) == 0)
        {
            await Task.Delay(5, limit.Token);
        }

        Assert.Equal(5 + 4 * 10, book.Expect("p", "cheap", _now, 5, 4));
        Assert.Equal(5 * 2 + 4 * 10, book.Expect("p", "unlisted", _now, 5, 4));
        Assert.Equal(5 * 2, book.Expect("p", null, _now, 5, 0));
        Assert.Equal(0, book.Expect("none", null, _now, 5, 0));
    }

    [Fact]
    public async Task KnownPrices_AreReported()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, """{"provider":"p","model":"m","from":"2026-01-02","input":1000000}""");
        var book = Book(fixture);

        Assert.True(await book.HasPriceAsync("p", "m", _now, default));
        Assert.True(await book.HasPriceAsync("p", "m-2026-01-01", _now, default));
        Assert.True(await book.HasPriceAsync("p", null, _now, default));
        Assert.False(await book.HasPriceAsync("p", "n", _now, default));
        Assert.False(await book.HasPriceAsync("p", null, _now.AddDays(-2), default));
        Assert.False(await book.HasPriceAsync("none", null, _now, default));

        var another = Book(fixture);
        fixture.Execute("ALTER TABLE Prices RENAME TO Away");
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await another.HasPriceAsync("p", null, _now, default));
    }

    [Fact]
    public async Task Import_ReachesOtherReplicas_WithTheInvalidation()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await using var another = await fixture.StartAnotherAsync();
        var here = Book(fixture);
        var there = Book(another);
        var log = new InvalidationPoller(
            another.Store,
            [there],
            new(),
            new(new TestSupport.TestMeters(), another.Clock),
            another.Clock,
            new RecordingLogger<InvalidationPoller>()
        );
        Assert.True(await log.PollAsync(CancellationToken.None));
        fixture.Store.Invalidations.Saved += changes => here.Invalidate(new(changes));
        Assert.Null(here.CostOf(Row(input: 7)));
        Assert.Null(there.CostOf(Row(input: 7)));

        await ImportAsync(fixture, """{"provider":"p","model":"m","from":"2026-01-01","input":1000000}""");

        Assert.Equal(7, here.CostOf(Row(input: 7)));
        Assert.True(await log.PollAsync(CancellationToken.None));
        Assert.Equal(7, there.CostOf(Row(input: 7)));
        log.Dispose();
    }

    // The usage writer waits, as for the store itself: otherwise the row would count as unpriced.
    [Fact]
    public async Task StoreThatDoesNotAnswer_PricesNothing()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var book = Book(fixture);
        fixture.Execute("ALTER TABLE Prices RENAME TO Away");

        Assert.Throws<StoreUnavailableException>(() => book.CostOf(Row(input: 7)));

        fixture.Execute("ALTER TABLE Away RENAME TO Prices");
        Assert.Null(book.CostOf(Row(input: 7)));
    }

    private static UsageRow Row(
        long input,
        long? output = null,
        long? read = null,
        long? reasoning = null,
        string? provider = "p",
        string? model = "m",
        UsageFacts facts = Seen,
        DateTimeOffset? time = null
    ) =>
        new()
        {
            DecisionId = "d",
            Time = time ?? _now,
            Provider = provider,
            Model = model,
            Facts = facts,
            InputTokens = input,
            OutputTokens = output,
            CachedReadTokens = read,
            ReasoningTokens = reasoning,
        };

    private static PriceBook Book(KeyFixture fixture) => new(fixture.Store);

    private static async Task ImportAsync(KeyFixture fixture, string lines)
    {
        using var file = new StringReader(lines);
        Assert.Null((await new ImportPrices(fixture.Store, fixture.Clock).RunAsync(file, CancellationToken.None)).Refusal);
    }
}
