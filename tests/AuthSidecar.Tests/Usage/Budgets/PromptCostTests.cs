using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Pricing;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.Usage.Budgets;

/// <summary>Cost estimates of requests before they run.</summary>
public sealed class PromptCostTests : IAsyncLifetime
{
    private BudgetFixture _fixture = null!;
    private PriceBook _book = null!;

    public async Task InitializeAsync()
    {
        _fixture = await BudgetFixture.StartAsync(user: 1_000_000);
        _book = new(_fixture.Store);
        await using var context = _fixture.Store.Open();
        context.Prices.Add(
            new()
            {
                Provider = "p",
                Model = "cheap",
                Input = 1_000_000,
                Output = 1_000_000,
            }
        );
        context.Prices.Add(
            new()
            {
                Provider = "p",
                Model = "dear",
                Input = 40_000_000,
                Output = 40_000_000,
            }
        );
        context.Prices.Add(
            new()
            {
                Provider = "p",
                Model = "usual",
                Input = 4_000_000,
                Output = 4_000_000,
            }
        );
        await context.SaveChangesAsync();
        Assert.True(await _book.HasPriceAsync("p", null, _fixture.Time.GetUtcNow(), default));
    }

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Theory]
    [InlineData("400", "application/json", 400)]
    [InlineData("400", null, 400)]
    [InlineData("400", "text/plain", 400)]
    [InlineData("3", "application/json", 0)]
    [InlineData("0", "application/json", 0)]
    [InlineData(null, "application/json", 0)]
    [InlineData("-400", "application/json", 0)]
    [InlineData("4e2", "application/json", 0)]
    [InlineData("99999999999999999999", "application/json", 0)]
    [InlineData("400", "multipart/form-data; boundary=b", 0)]
    [InlineData("400", " Audio/wav", 0)]
    [InlineData("9000000000", "application/json", 4_000_000)]
    public void Prompt_CostsByItsSize(string? length, string? type, long cost) =>
        Assert.Equal(cost, Cost().Of(Ask("/v1/chat/completions", null, length, type)));

    [Theory]
    [InlineData("/v1beta/models/cheap:generateContent", Dialect.Gemini, 100)]
    [InlineData("/v1beta/models/dear-001:generateContent", Dialect.Gemini, 4000)]
    [InlineData("/v1beta/models/unlisted:generateContent", Dialect.Gemini, 400)]
    [InlineData("/openai/deployments/cheap/chat/completions", Dialect.AzureOpenai, 100)]
    [InlineData("/openai/deployments/cheap/deployments/dear/x", Dialect.AzureOpenai, 4000)]
    [InlineData("/v1/models/cheap", Dialect.Openai, 400)]
    public void PathModel_DeterminesThePrice(string path, object dialect, long cost) =>
        Assert.Equal(cost, Cost().Of(Ask(path, (Dialect)dialect, "400")));

    /// <summary>Where Envoy shows the body, its model and its limit of output tokens count.</summary>
    [Theory]
    [InlineData("""{"model":"cheap"}""", 100)]
    [InlineData("""{"model":"dear"}""", 4000)]
    [InlineData("""{"model":"unlisted"}""", 400)]
    [InlineData("""{"model":"dear","max_tokens":50}""", 6000)]
    [InlineData("""{"max_completion_tokens":50,"model":"dear"}""", 6000)]
    [InlineData("""{"model":"dear","max_output_tokens":50}""", 6000)]
    [InlineData("""{"model":"dear","max_tokens_to_sample":50}""", 6000)]
    [InlineData("""{"model":"dear","max_tokens":50.0}""", 6000)]
    [InlineData("""{"model":"dear","max_tokens":10,"max_completion_tokens":50}""", 6000)]
    [InlineData("""{"model":"dear","max_tokens":50,"n":3}""", 10_000)]
    [InlineData("""{"model":"dear","max_tokens":50,"n":2,"best_of":3}""", 10_000)]
    [InlineData("""{"model":"dear","generationConfig":{"maxOutputTokens":50,"candidateCount":3}}""", 10_000)]
    [InlineData("""{"model":"dear","generation_config":{"max_output_tokens":50,"thinking":{"max_tokens":9}}}""", 6000)]
    [InlineData("""{"max_tokens":50}""", 600)]
    [InlineData("""{"model":"dear","max_tokens":1e300}""", 40_004_000)]
    [InlineData("""{"model":"dear","max_tokens":-50,"n":-1}""", 4000)]
    [InlineData("""{"model":"dear","max_tokens":null,"n":"3","generationConfig":50}""", 4000)]
    [InlineData("""{"model":"dear","metadata":{"max_tokens":50}}""", 4000)]
    [InlineData("""{"model":"dear","max_tokens":50""", 400)]
    public void ShownBody_CostsByItsModelAndItsLimit(string body, long cost) =>
        Assert.Equal(cost, Cost().Of(Ask("/v1/chat/completions", Dialect.Openai, "400", body: body)));

    [Fact]
    public void ShownLimit_CountsWithoutALength() =>
        Assert.Equal(2000, Cost().Of(Ask("/v1/chat/completions", Dialect.Openai, null, body: """{"model":"dear","max_tokens":50}""")));

    [Fact]
    public void PathModel_BeatsTheBodys() =>
        Assert.Equal(
            150,
            Cost()
                .Of(
                    Ask(
                        "/v1beta/models/cheap:generateContent",
                        Dialect.Gemini,
                        "400",
                        body: """{"model":"dear","generationConfig":{"maxOutputTokens":50}}"""
                    )
                )
        );

    [Theory]
    [InlineData("""{"model":"cheap"}""", true)]
    [InlineData("""{"model":"unlisted"}""", false)]
    [InlineData("""{"messages":[]}""", true)]
    public async Task RefusingWhatHasNoPrice_LooksAtAShownBody(string body, bool mayPass) =>
        Assert.Equal(
            mayPass,
            await Cost(UnpricedModels.Refuse).MayPassAsync(Ask("/v1/chat/completions", Dialect.Openai, "400", body: body), default)
        );

    [Theory]
    [InlineData("/v1beta/models/cheap:generateContent", Dialect.Gemini, "p", true)]
    [InlineData("/v1beta/models/unlisted:generateContent", Dialect.Gemini, "p", false)]
    [InlineData("/openai/deployments/cheap/deployments/unlisted/x", Dialect.AzureOpenai, "p", false)]
    [InlineData("/v1/chat/completions", Dialect.Openai, "p", true)]
    [InlineData("/v1/chat/completions", Dialect.Openai, "none", false)]
    public async Task RefusingWhatHasNoPrice_LooksAtPathAndProvider(string path, object dialect, string provider, bool mayPass)
    {
        var context = Ask(path, (Dialect)dialect, "400", provider: provider);

        Assert.True(await Cost().MayPassAsync(context, default));
        Assert.Equal(mayPass, await Cost(UnpricedModels.Refuse).MayPassAsync(context, default));
    }

    [Fact]
    public async Task TheStep_RefusesWhatHasNoPrice_AndHoldsThePrompt()
    {
        var replica = _fixture.AddReplica();
        var step = new BudgetReservationStep(replica.Ledger, Cost(UnpricedModels.Refuse));
        var unpriced = Ask("/v1/chat/completions", Dialect.Openai, "400", provider: "none");
        unpriced.Budget = await replica.FindAsync();
        Assert.Equal("model_not_allowed", (await step.RunAsync(unpriced, default)).Denial?.Reason);
        Assert.Null(unpriced.ReservedMicros);

        // A million bytes cost a dollar, so no other request passes meanwhile; the estimate is still a cent.
        var priced = Ask("/v1/chat/completions", Dialect.Openai, "1000000");
        priced.Budget = await replica.FindAsync();
        Assert.True((await step.RunAsync(priced, default)).IsContinue);
        Assert.Equal(CostEstimates.DefaultMicros, priced.ReservedMicros);
        Assert.Equal(ReserveVerdict.Held, await replica.ReserveAsync("next"));
    }

    [Fact]
    public async Task WithoutAFloor_ThePromptHoldsNothing()
    {
        var replica = _fixture.AddReplica();
        var ledger = new BudgetLedger(replica.Accounts, new(_fixture.Time, floor: 0), new(_fixture.Store, _fixture.Time), _fixture.Time);

        await ledger.ReserveAsync("a", await replica.FindAsync(), BudgetFixture.Policy, BudgetFixture.User, prompt: 1_000_000, default);

        Assert.Equal(ReserveVerdict.Reserved, await replica.ReserveAsync("next"));
    }

    private PromptCost Cost(UnpricedModels unpriced = UnpricedModels.Estimate) =>
        new(_book, new() { UnpricedModels = unpriced }, _fixture.Time);

    private static CheckContext Ask(
        string path,
        Dialect? dialect,
        string? length,
        string? type = "application/json",
        string provider = "p",
        string body = ""
    )
    {
        var http = new AttributeContext.Types.HttpRequest { Method = "POST", Path = path };
        http.RawBody = ByteString.CopyFromUtf8(body);
        foreach (var (name, value) in new[] { ("content-length", length), ("content-type", type) })
        {
            if (value is not null)
            {
                http.Headers[name] = value;
            }
        }

        var question = new CheckRequest { Attributes = new() { Request = new() { Http = http } } };
        return new(CheckRequestReader.Read(question.ToByteArray()), "d")
        {
            Path = path,
            Identity = Steps.Identity,
            Policy = new()
            {
                Name = BudgetFixture.Policy,
                Options = new() { Provider = provider },
                Subjects = SubjectType.All,
                Provider = dialect is { } known ? new() { Dialect = known } : null,
            },
        };
    }
}
