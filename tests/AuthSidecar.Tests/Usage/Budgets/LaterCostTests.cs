using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.Pipeline;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.Usage.Budgets;

/// <summary>Requests with a later cost reserve an estimate and are charged with it until a read that shows their usage is billed.</summary>
public sealed class LaterCostTests : IAsyncLifetime
{
    private const long Estimate = CostEstimates.DefaultMicros;
    private readonly UsageQueue _queue = new(16);
    private BudgetFixture _fixture = null!;
    private BudgetFixture.Replica _replica = null!;

    public async Task InitializeAsync()
    {
        _fixture = await BudgetFixture.StartAsync(user: Estimate);
        _replica = _fixture.AddReplica();
    }

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Theory]
    [InlineData(Dialect.Openai, "/v1/batches")]
    [InlineData(Dialect.Openai, "/v1/threads/runs")]
    [InlineData(Dialect.Openai, "/v1/threads/thread_1/runs")]
    [InlineData(Dialect.AzureOpenai, "/openai/batches")]
    [InlineData(Dialect.AzureOpenai, "/openai/threads/runs")]
    [InlineData(Dialect.Gemini, "/v1beta/openai/batches")]
    public async Task AnEstimate_IsItsCost_UntilItsUsageIsRead(object dialect, string path)
    {
        var maker = await MakeAsync((Dialect)dialect, path);
        Assert.Equal(ReserveVerdict.Held, await _replica.ReserveAsync("meanwhile"));

        await _replica.WriteAsync(maker, Shown(maker.DecisionId, tokens: null, "object_1"));
        Assert.Equal(Estimate, await _fixture.SpentAsync());

        await _replica.WriteAsync(Reads("r1"), Shown("r1", 7, "object_1"));
        await _replica.WriteAsync(Reads("r2"), Shown("r2", 7, "object_1"));
        Assert.Equal(7, await _fixture.SpentAsync());
    }

    /// <summary>Counted tokens without a price cost a budget the provider's dearest price, or the estimate, also when read.</summary>
    [Theory]
    [InlineData(null, Estimate)]
    [InlineData(900L, 900)]
    public async Task AResultWithoutAPrice_IsNotFree(long? guess, long cost)
    {
        var maker = await MakeAsync(Dialect.Openai, "/v1/batches");
        var read = await MakeAsync(Dialect.Openai, "/v1/batches/batch_1", "GET");
        Assert.True(read.Facts.HasFlag(UsageFacts.ReadsResult));
        var row = UsageMerge.Add(UsageMerge.Add(null, read), Shown(read.DecisionId, 7, "batch_1"));

        UsageCost.Set(row, _ => null, _ => guess);

        Assert.Equal((cost, true), (row.CostMicros, row.IsEstimated));
        Assert.NotEqual(maker.DecisionId, read.DecisionId);
    }

    /// <summary>A batch costs what a single request never does, so it is no estimate of one.</summary>
    [Fact]
    public async Task AResult_IsNoEstimate()
    {
        var read = await MakeAsync(Dialect.Openai, "/v1/batches/batch_1", "GET");

        await _replica.WriteAsync(read, Shown(read.DecisionId, 5_000_000, "batch_1"));

        Assert.Equal(Estimate, _replica.Ledger.EstimateOf(BudgetFixture.Policy, BudgetFixture.User));
    }

    /// <summary>Their responses show no id with usage, so no read can be billed.</summary>
    [Theory]
    [InlineData(Dialect.Anthropic, "/v1/messages/batches")]
    [InlineData(Dialect.Gemini, "/v1beta/models/gemini-2.0-flash:batchGenerateContent")]
    [InlineData(Dialect.Gemini, "/v1beta/models/gemini-2.0-flash:asyncBatchEmbedContent")]
    public async Task AnEstimate_Stays_WhereReadsAreNotBilled(object dialect, string path)
    {
        var maker = await MakeAsync((Dialect)dialect, path);
        await _replica.WriteAsync(maker, Shown(maker.DecisionId, tokens: null, null));
        await _replica.WriteAsync(Reads("r1"), Shown("r1", 7, null));

        Assert.Equal(Estimate, await _fixture.SpentAsync());
    }

    /// <returns>Check's report.</returns>
    private async Task<UsageReport> MakeAsync(Dialect dialect, string path, string method = "POST")
    {
        var policy = new Policy
        {
            Name = BudgetFixture.Policy,
            Options = new() { Provider = "openai" },
            Subjects = SubjectType.All,
            Provider = new() { Dialect = dialect },
            Endpoints = new(dialect, isOpen: true, [], []),
        };
        var budget = await _replica.FindAsync();
        var find = Steps.Do(
            (context, _) =>
            {
                (context.Policy, context.Path, context.Budget) = (policy, path, budget);
                return new(StepResult.Continue);
            }
        );
        var question = new CheckRequest
        {
            Attributes = new()
            {
                Request = new()
                {
                    Http = new() { Method = method, Path = path },
                },
            },
        };

        var answer = await Steps
            .RecordingService(_queue, _fixture.Time, Steps.Mount(), find, new EndpointStep(), new BudgetReservationStep(_replica.Ledger))
            .Check(CheckRequestReader.Read(question.ToByteArray()), new TestCall());

        Assert.Equal(0, answer.ToMessage().Status.Code);
        var parts = new List<UsageReport>();
        _queue.TakeInto(parts, 10);
        var part = Assert.Single(parts);
        Assert.Equal(Estimate, part.ReservedMicros);
        (part.UserId, part.KeyId) = (BudgetFixture.User, BudgetFixture.Key);
        return part;
    }

    private UsageReport Reads(string id)
    {
        var part = _replica.Decided(id, reserved: null);
        part.Facts |= UsageFacts.ReadsResult;
        return part;
    }

    private UsageReport Shown(string id, long? tokens, string? objectId)
    {
        var part = _replica.Observed(id, tokens);
        part.ObjectId = objectId;
        return part;
    }
}
