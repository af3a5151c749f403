using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using AuthSidecar.Usage.Budgets;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Usage.Budgets;

/// <summary>The reservation of a request, and its release when the request is denied after all.</summary>
public sealed class BudgetReservationStepTests : IAsyncLifetime
{
    private const long Estimate = CostEstimates.DefaultMicros;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly Policy _policy = new()
    {
        Name = BudgetFixture.Policy,
        Options = new() { Provider = "openai" },
        Subjects = SubjectType.All,
    };

    private readonly FakeTimeProvider _time = new(new(2026, 1, 31, 23, 0, 0, TimeSpan.Zero));
    private readonly List<CheckContext> _seen = [];
    private BudgetFixture _fixture = null!;
    private BudgetFixture.Replica _replica = null!;

    public async Task InitializeAsync()
    {
        _fixture = await BudgetFixture.StartAsync(user: Estimate);
        _replica = _fixture.AddReplica();
    }

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Allowed_KeepsIt_AndTheNextMustWait()
    {
        Assert.Equal(0, (await CheckAsync(new TestCall())).Status.Code);
        Assert.Equal(Estimate, Assert.Single(_seen).ReservedMicros);

        var refused = await CheckAsync(new TestCall());

        Assert.Equal("budget_reserved", refused.DynamicMetadata.Fields["reason"].StringValue);
        Assert.Equal(429, (int)refused.DeniedResponse.Status.Code);
        Assert.Contains(refused.DeniedResponse.Headers, header => header.Header.Key == "retry-after");
        Assert.Null(_seen[1].ReservedMicros);
    }

    [Fact]
    public async Task SpentMeanwhile_IsADenialUntilTheNextMonth()
    {
        var budget = await _replica.FindAsync();
        await _replica.EndAsync("a", Estimate);

        var refused = await CheckAsync(new TestCall(), Find(budget));

        Assert.Equal("budget_exceeded", refused.DynamicMetadata.Fields["reason"].StringValue);
    }

    [Fact]
    public async Task NoProvider_ReservesNothing()
    {
        var context = new CheckContext(CheckRequestReader.Read(Question().ToByteArray()), "d")
        {
            Policy = Steps.Policy,
            Identity = Steps.Identity,
            Budget = await _replica.FindAsync(),
        };

        Assert.True((await new BudgetReservationStep(_replica.Ledger).RunAsync(context, CancellationToken.None)).IsContinue);

        Assert.Null(context.ReservedMicros);
    }

    [Fact]
    public async Task NoBudget_ReservesNothing()
    {
        var context = new CheckContext(CheckRequestReader.Read(Question().ToByteArray()), "d")
        {
            Policy = _policy,
            Identity = Steps.Identity,
        };

        Assert.True((await new BudgetReservationStep(_replica.Ledger).RunAsync(context, CancellationToken.None)).IsContinue);

        Assert.Null(context.ReservedMicros);
    }

    [Theory]
    [InlineData(EndpointKind.ListsModels)]
    [InlineData(EndpointKind.CountsTokens)]
    [InlineData(EndpointKind.Moderates)]
    [InlineData(EndpointKind.ReadsResult)]
    [InlineData(EndpointKind.Bookkeeping)]
    public async Task WhatGeneratesNothing_ReservesNothing(object endpoint)
    {
        var context = new CheckContext(CheckRequestReader.Read(Question().ToByteArray()), "d")
        {
            Policy = _policy,
            Identity = Steps.Identity,
            Budget = await _replica.FindAsync(),
            Endpoint = (EndpointKind)endpoint,
        };

        Assert.True((await new BudgetReservationStep(_replica.Ledger).RunAsync(context, CancellationToken.None)).IsContinue);

        Assert.Null(context.ReservedMicros);
        Assert.Equal((EndpointKind)endpoint == EndpointKind.ReadsResult ? CostEstimates.DefaultMicros : null, context.ResultMicros);
        Assert.Equal(ReserveVerdict.Reserved, await _replica.ReserveAsync("next"));
    }

    [Fact]
    public async Task DenialByALaterStep_ReleasesIt()
    {
        Assert.NotEqual(0, (await CheckAsync(new TestCall(), await FindAsync(), Steps.Answer(Denials.TooManySockets))).Status.Code);

        await UntilFreeAsync();
    }

    [Fact]
    public async Task LaterFault_ReleasesIt()
    {
        Assert.NotEqual(
            0,
            (await CheckAsync(new TestCall(), await FindAsync(), Steps.Do((_, _) => throw new InvalidOperationException()))).Status.Code
        );

        await UntilFreeAsync();
    }

    [Fact]
    public async Task LateAllow_ReleasesIt()
    {
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pending = CheckAsync(
            new TestCall(_time.GetUtcNow().UtcDateTime.AddMilliseconds(200)),
            await FindAsync(),
            Steps.Do(
                async (_, _) =>
                {
                    await slow.Task;
                    return StepResult.Continue;
                }
            )
        );
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.NotEqual(0, (await pending.WaitAsync(_patience)).Status.Code);
        Assert.Equal(ReserveVerdict.Held, await _replica.ReserveAsync("meanwhile"));

        slow.SetResult();

        await UntilFreeAsync();
    }

    [Fact]
    public async Task CancelledCall_ReleasesIt()
    {
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pending = CheckAsync(
            new TestCall(cancellationToken: new CancellationToken(canceled: true)),
            await FindAsync(),
            Steps.Do(
                async (_, _) =>
                {
                    await slow.Task;
                    return StepResult.Continue;
                }
            )
        );
        Assert.NotEqual(0, (await pending.WaitAsync(_patience)).Status.Code);

        slow.SetResult();

        await UntilFreeAsync();
    }

    [Fact]
    public async Task CallCancelledBeforeItsTurn_ReleasesIt()
    {
        Assert.NotEqual(0, (await CheckAsync(new TestCall(cancellationToken: new CancellationToken(canceled: true)))).Status.Code);

        await UntilFreeAsync();
    }

    /// <summary>An Allow during the cancellation of the call is never delivered.</summary>
    [Fact]
    public async Task CallCancelledInTheLastMoment_ReleasesIt()
    {
        using var call = new CancellationTokenSource();

        Assert.NotEqual(0, (
                await CheckAsync(
                    new TestCall(cancellationToken: call.Token),
                    await FindAsync(),
                    Steps.Do(
                        (_, _) =>
                        {
                            call.Cancel();
                            return new(StepResult.Continue);
                        }
                    )
                )
            ).Status.Code);

        await UntilFreeAsync();
    }

    [Fact]
    public async Task UnwritableAnswer_ReleasesIt()
    {
        // The writer rejects denials that are no HTTP error.
        Assert.NotEqual(
            0,
            (await CheckAsync(new TestCall(), await FindAsync(), Steps.Answer(new Denial("odd", 200, "An OK that says no.")))).Status.Code
        );

        await UntilFreeAsync();
    }

    [Fact]
    public async Task ShadowPolicy_PassesReservationDenials()
    {
        Assert.Equal(ReserveVerdict.Reserved, await _replica.ReserveAsync("a"));
        var shadow = new Policy
        {
            Name = BudgetFixture.Policy,
            Options = new() { Provider = "openai", Shadow = true },
            Subjects = SubjectType.All,
        };

        var answer = await CheckAsync(new TestCall(), await FindAsync(), policy: shadow);

        Assert.Equal(0, answer.Status.Code);
        Assert.Equal("budget_reserved", Assert.Single(_seen[0].Shadowed).Reason);
    }

    private static CheckRequest Question() =>
        new()
        {
            Attributes = new()
            {
                Request = new()
                {
                    Http = new() { Method = "POST", Path = "/v1/chat/completions" },
                },
            },
        };

    private static ICheckStep Find(BudgetSnapshot budget) =>
        Steps.Do(
            (context, _) =>
            {
                context.Budget = budget;
                return new(StepResult.Continue);
            }
        );

    private async Task<ICheckStep> FindAsync() => Find(await _replica.FindAsync());

    private async Task<CheckResponse> CheckAsync(TestCall call, ICheckStep? find = null, ICheckStep? last = null, Policy? policy = null)
    {
        var mount = Steps.Do(
            (context, _) =>
            {
                _seen.Add(context);
                context.Policy = policy ?? _policy;
                return new(StepResult.Continue);
            }
        );
        ICheckStep[] steps =
        [
            Steps.Mount(),
            mount,
            find ?? await FindAsync(),
            new BudgetReservationStep(_replica.Ledger),
            last ?? Steps.Answer(StepResult.Continue),
        ];
        using var log = new MemoryStream();
        var service = Steps.Service(new(_time, log), _time, new ReservationReleaser(_replica.Ledger), steps);
        return (await service.Check(CheckRequestReader.Read(Question().ToByteArray()), call)).ToMessage();
    }

    private async Task UntilFreeAsync()
    {
        using var limit = new CancellationTokenSource(_patience);
        while (await _replica.ReserveAsync("next") != ReserveVerdict.Reserved)
        {
            await Task.Delay(5, limit.Token);
        }

        Assert.Null(Assert.Single(_seen).ReservedMicros);
    }
}
