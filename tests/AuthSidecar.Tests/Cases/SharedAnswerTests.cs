using System.Diagnostics;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.TestSupport.Corpus;
using Xunit.Abstractions;

namespace AuthSidecar.Tests.Cases;

/// <summary>A shared Allow equals the one that each request would get alone.</summary>
public sealed class SharedAnswerTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int FixedSeed = 14;
    private SidecarHarness _harness = null!;

    public async Task InitializeAsync() => _harness = await SidecarHarness.StartAsync("main");

    public async Task DisposeAsync() => await _harness.DisposeAsync();

    [Theory]
    [InlineData(50_000, FixedSeed)]
    [InlineData(5_000, null)]
    public async Task RandomPairs_AreAnsweredAsWithoutSharing(int pairs, int? seed)
    {
        var found = await CompareAsync(new(_harness), pairs, seed ?? Random.Shared.Next());

        Assert.True(found.Differences.Count == 0, string.Join("\n\n", found.Differences.Take(3)));

        // Without differences the test would prove nothing.
        Assert.True(found.Allowed > pairs / 2, $"{found.Allowed} answers were Allows.");
        Assert.True(found.Both > pairs / 20, $"{found.Both} pairs shared one Allow.");
        Assert.True(found.One > pairs / 20, $"Of {found.One} pairs one alone shared its Allow.");
    }

    [Fact]
    public async Task StepThatDeclaresNothing_EndsAllSharing()
    {
        var found = await CompareAsync(new(_harness, further: new AgentStep()), 2_000, FixedSeed);

        Assert.Empty(found.Differences);
        Assert.True(found.Allowed > 1_000, $"{found.Allowed} answers were Allows.");
        Assert.Equal(0, found.Both + found.One);
    }

    [Fact]
    public async Task StepThatReadsWhatItDoesNotDeclare_IsFound()
    {
        var smuggler = new SmugglingStep();

        var found = await CompareAsync(new(_harness, smuggler, new LyingStep(smuggler)), 2_000, FixedSeed);

        Assert.NotEmpty(found.Differences);
    }

    [Fact]
    public async Task StepThatWritesEditsBeforeTheirTurn_ChangesNoOtherRequest()
    {
        var found = await CompareAsync(new(_harness, new EarlyStep()), 2_000, FixedSeed);

        Assert.Empty(found.Differences);
        Assert.Equal(0, found.Both + found.One);
    }

    private async Task<Findings> CompareAsync(PipelinePair pipelines, int pairs, int seed)
    {
        var started = Stopwatch.GetTimestamp();
        var draws = new RequestDraws(_harness.Vocabulary, seed);
        var (found, allowed, both, one) = (new List<string>(), 0, 0, 0);
        for (var i = 0; i < pairs; i++)
        {
            var (first, second) = draws.Pair();
            var answers = new List<SharedAnswer?>();
            foreach (var draft in new[] { first, second })
            {
                var (decision, difference) = await pipelines.DecideAsync(draft.ToCheckRequest(), draws.Limit());
                var allow = decision as Decision.Allow;
                allowed += allow is null ? 0 : 1;
                answers.Add(allow?.Shared);
                if (difference is not null)
                {
                    found.Add($"seed {seed}, pair {i}: {_harness.Vocabulary.Mask(difference)}");
                }
            }

            both += answers[0] is not null && ReferenceEquals(answers[0], answers[1]) ? 1 : 0;
            one += answers[0] is null != answers[1] is null ? 1 : 0;
        }

        output.WriteLine(
            $"Seed {seed}: {pairs} pairs, {allowed} Allows, {both} pairs with the same shared answer, {one} with one, {found.Count} "
                + $"differences, {Stopwatch.GetElapsedTime(started)}."
        );
        return new(found, allowed, both, one);
    }

    private sealed record Findings(IReadOnlyList<string> Differences, int Allowed, int Both, int One);

    /// <summary>A new step without a declaration of its facts.</summary>
    private sealed class AgentStep : EditStep
    {
        public override string Name => "agent";

        protected override ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken)
        {
            edits.SetHeader("x-agent", input.Request.Headers[KnownHeader.UserAgent] ?? "none");
            return new(StepResult.Continue);
        }
    }

    private sealed class SmugglingStep : ICheckStep
    {
        public string Name => "smuggling";

        public string? Agent { get; private set; }

        public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
        {
            Agent = context.Request.Headers[KnownHeader.UserAgent];
            return new(StepResult.Continue);
        }
    }

    /// <summary>Reads a fact of the request outside its input.</summary>
    private sealed class LyingStep(SmugglingStep smuggler) : EditStep
    {
        public override string Name => "lying";

        public override AnswerFacts Reads => AnswerFacts.Policy;

        protected override ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken)
        {
            edits.SetHeader("x-agent", smuggler.Agent ?? "none");
            return new(StepResult.Continue);
        }
    }

    /// <summary>Writes edits without being an <c>EditStep</c>.</summary>
    private sealed class EarlyStep : ICheckStep
    {
        public string Name => "early";

        public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
        {
            context.Edits.SetHeader("x-agent", context.Request.Headers[KnownHeader.UserAgent] ?? "none");
            return new(StepResult.Continue);
        }
    }
}
