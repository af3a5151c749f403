using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.Pipeline;
using Xunit.Abstractions;

namespace AuthSidecar.Tests.Usage.Budgets;

/// <summary>
/// The contract of budgets, in one process and across three replicas that share Redis. Check and settlement reach different replicas.
/// </summary>
public sealed class BudgetLedgerContractTests(ITestOutputHelper output)
{
    private const int Callers = 64;
    private const long Estimate = CostEstimates.DefaultMicros;

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task ManyAtOnce_NeverSpendMoreThanTheLimitAndTheErrorsOfEstimates(BudgetKind kind)
    {
        const long Limit = 10 * Estimate;
        await using var harness = await Harness.StartAsync(kind, user: Limit);

        var admitted = await harness.AskManyAsync(Callers);

        Assert.Equal(10, admitted.Count);

        // Each costs more than its estimate.
        const long Cost = Estimate + 1700;
        await Task.WhenAll(admitted.Select((id, index) => harness[index + 1].EndAsync(id, Cost)));
        var spent = await harness.Fixture.SpentAsync();
        output.WriteLine($"{admitted.Count} of {Callers} were admitted; {spent} of {Limit} were spent");
        Assert.InRange(spent, Limit, Limit + (admitted.Count * (Cost - Estimate)) + Estimate);
        Assert.All(await Task.WhenAll(harness.Replicas.Select(replica => replica.ReserveAsync("later"))), verdict =>
            Assert.Equal(ReserveVerdict.Spent, verdict)
        );
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task HighEstimates_BlockNoRequest_OnceTheRealCountsAreIn(BudgetKind kind)
    {
        const long Limit = 10 * Estimate;
        const long Cost = Estimate / 10;
        await using var harness = await Harness.StartAsync(kind, user: Limit);
        var admitted = await harness.AskManyAsync(Callers);
        Assert.Equal(10, admitted.Count);
        Assert.Equal(ReserveVerdict.Held, await harness[0].ReserveAsync("too early"));

        await Task.WhenAll(admitted.Select((id, index) => harness[index + 1].EndAsync(id, Cost)));

        // A tenth is spent, and reservations now equal the actual cost.
        harness.Prefix = "b";
        var more = await harness.AskManyAsync(Callers);
        output.WriteLine($"first {admitted.Count}, then {more.Count} were admitted");
        Assert.InRange(more.Count, 9, Callers);
        await Task.WhenAll(more.Select((id, index) => harness[index + 1].EndAsync(id, Cost)));
        Assert.Equal((admitted.Count + more.Count) * Cost, await harness.Fixture.SpentAsync());
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task ManyThatComeAndGo_StayBelowTheLimit_AllTheTime(BudgetKind kind)
    {
        const long Limit = 40 * Estimate;
        await using var harness = await Harness.StartAsync(kind, user: Limit, key: Limit * 2);
        var costs = 0L;
        var admitted = 0;

        // Some are released, some cost less than their estimate, some exactly it, and some have no counts.
        await Task.WhenAll(
            Enumerable
                .Range(0, Callers)
                .Select(caller =>
                    Task.Run(async () =>
                    {
                        for (var i = 0; i < 6; i++)
                        {
                            var (id, replica) = ($"{caller}-{i}", harness[caller + i]);
                            var budget = await replica.FindAsync();
                            if (budget.Exceeded is not null)
                            {
                                return;
                            }

                            var (verdict, reserved) = await replica.Ledger.ReserveAsync(
                                id,
                                budget,
                                BudgetFixture.Policy,
                                BudgetFixture.User,
                                0,
                                CancellationToken.None
                            );
                            if (verdict != ReserveVerdict.Reserved)
                            {
                                continue;
                            }

                            long? cost = (caller % 4) switch
                            {
                                0 => null,
                                1 => reserved / 2,
                                2 => reserved,
                                _ => -1,
                            };
                            if (cost == -1)
                            {
                                replica.Ledger.Release(id, budget);
                                continue;
                            }

                            await harness[caller + i + 1].EndAsync(id, cost, reserved);
                            Interlocked.Add(ref costs, cost ?? reserved);
                            Interlocked.Increment(ref admitted);
                        }
                    })
                )
        );

        output.WriteLine($"{admitted} were admitted and spent {costs} of {Limit}");
        Assert.Equal(costs, await harness.Fixture.SpentAsync());
        Assert.Equal(costs, await harness.Fixture.SpentAsync(BudgetScope.Key));
        Assert.InRange(costs, 1, Limit + Estimate);
        foreach (var replica in harness.Replicas)
        {
            // Redis returns other replicas' settlements with the reservation.
            await replica.ReserveAsync($"last {harness.Replicas.IndexOf(replica)}");
            Assert.All((await replica.FindAsync()).Limits, limit => Assert.Equal(costs, limit.Account.Spent));
        }
    }

    /// <summary>Two members, with and without a budget of their own, share one budget across replicas.</summary>
    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task SharedBudget_IsSpentByAllMembersTogether(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: 6 * Estimate, shared: 10 * Estimate);
        var users = new[] { BudgetFixture.User, BudgetFixture.Other };
        Assert.All(await Task.WhenAll(users.Select(user => harness[0].FindAsync(user, null))), budget =>
            Assert.Equal(BudgetFixture.Group, budget.SharedBudgets)
        );

        var verdicts = await Task.WhenAll(
            Enumerable
                .Range(0, Callers)
                .Select(caller =>
                    Task.Run(async () =>
                        (
                            Id: $"a{caller}",
                            User: users[caller % 2],
                            Verdict: await harness[caller].ReserveAsync($"a{caller}", users[caller % 2], key: null)
                        )
                    )
                )
        );

        Assert.Equal(10, verdicts.Count(one => one.Verdict == ReserveVerdict.Reserved));
        Assert.InRange(verdicts.Count(one => one is { Verdict: ReserveVerdict.Reserved, User: BudgetFixture.User }), 0, 6);
        Assert.DoesNotContain(verdicts, one => one.Verdict == ReserveVerdict.Spent);

        var admitted = verdicts.Where(one => one.Verdict == ReserveVerdict.Reserved).ToList();
        await Task.WhenAll(
            admitted.Select(
                (one, index) =>
                {
                    var decided = harness[index + 1].Decided(one.Id, Estimate, BudgetFixture.Group);
                    decided.UserId = one.User;
                    return harness[index + 1].WriteAsync(decided, harness[index + 1].Observed(one.Id, Estimate));
                }
            )
        );
        Assert.Equal(
            (10 * Estimate, 10 * Estimate),
            (await harness.Fixture.SpentAsync(BudgetScope.Shared), await harness.Fixture.SpentAsync())
        );
        foreach (var (user, replica) in users.Zip(harness.Replicas.AsEnumerable().Reverse().Concat(harness.Replicas)))
        {
            var budget = await replica.FindAsync(user, null);
            var answer = await replica.Ledger.ReserveAsync($"later {user}", budget, BudgetFixture.Policy, "", 0, CancellationToken.None);
            Assert.Equal(ReserveVerdict.Spent, answer.Verdict);
            Assert.Equal(
                user == BudgetFixture.User && budget.Exceeded?.Source.Scope == BudgetScope.User ? BudgetScope.User : BudgetScope.Shared,
                budget.Limits[answer.Limit].Source.Scope
            );
        }
    }

    /// <summary>
    /// A member's spend stays charged to the group; spend before joining or after leaving is not.
    /// </summary>
    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task SharedBudget_CountsAdmittedRequests(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, shared: 3 * Estimate);
        await harness[0].EndAsync("of another group's time", Estimate, sharedBudgets: null);
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));
        await using (var context = harness.Fixture.Store.Open())
        {
            context.GroupMembers.RemoveRange(context.GroupMembers.Where(member => member.UserId == BudgetFixture.User));
            await context.SaveChangesAsync();
        }

        await harness[1].EndAsync("a", Estimate, sharedBudgets: BudgetFixture.Group);

        Assert.Equal((Estimate, 2 * Estimate), (await harness.Fixture.SpentAsync(BudgetScope.Shared), await harness.Fixture.SpentAsync()));
        Assert.Equal(ReserveVerdict.Reserved, await harness[2].ReserveAsync("b", BudgetFixture.Other, key: null));
        Assert.Equal(ReserveVerdict.Reserved, await harness[2].ReserveAsync("c", BudgetFixture.Other, key: null));
        Assert.Equal(ReserveVerdict.Held, await harness[0].ReserveAsync("d", BudgetFixture.Other, key: null));
    }

    /// <summary>A rotated key continues with the spend of its line.</summary>
    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task KeysOfALine_SpendOneBudget(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, key: 2 * Estimate);
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a", user: null));

        var successor = harness[1].Decided("b", Estimate);
        (successor.UserId, successor.KeyId, successor.KeyLine) = (null, "successor", BudgetFixture.Key);
        await harness[1].WriteAsync(successor, harness[1].Observed("b", Estimate));

        Assert.Equal(Estimate, await harness.Fixture.SpentAsync(BudgetScope.Key));
        Assert.Equal(ReserveVerdict.Held, await harness[2].ReserveAsync("c", user: null));
    }

    /// <summary>Every replica reports the same limit: the first of those that deny.</summary>
    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task Answer_NamesTheExceededLimit(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: 3 * Estimate, key: 2 * Estimate, shared: Estimate);
        var budget = await harness[0].FindAsync();
        Assert.Equal([BudgetScope.User, BudgetScope.Key, BudgetScope.Shared], budget.Limits.Select(limit => limit.Source.Scope));

        Assert.Equal((ReserveVerdict.Reserved, 0), await AskAsync(0, "a"));
        Assert.Equal((ReserveVerdict.Held, 2), await AskAsync(1, "b"));
        await harness[2].EndAsync("c", 2 * Estimate);
        Assert.Equal((ReserveVerdict.Spent, 1), await AskAsync(0, "d"));
        await harness[1].EndAsync("e", Estimate, sharedBudgets: BudgetFixture.Group);
        Assert.Equal((ReserveVerdict.Spent, 0), await AskAsync(2, "f"));

        async Task<(ReserveVerdict, int)> AskAsync(int replica, string id)
        {
            var answer = await harness[replica]
                .Ledger.ReserveAsync(id, await harness[replica].FindAsync(), BudgetFixture.Policy, "", 0, CancellationToken.None);
            return (answer.Verdict, answer.Limit);
        }
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task BothBudgets_HoldAll_OrNothing(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: 3 * Estimate, key: Estimate);

        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));
        Assert.Equal(ReserveVerdict.Held, await harness[1].ReserveAsync("b"));

        // The key's budget is reserved; the user's has room for two more, because "b" reserved nothing.
        Assert.Equal(ReserveVerdict.Reserved, await harness[2].ReserveAsync("c", key: null));
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("d", key: null));
        Assert.Equal(ReserveVerdict.Held, await harness[1].ReserveAsync("e", key: null));
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task ReleasedReservation_HoldsNothing(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: Estimate);
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));
        Assert.Equal(ReserveVerdict.Held, await harness[1].ReserveAsync("b"));

        await harness[0].ReleaseAsync("a");

        await UntilAsync(async () => await harness[1].ReserveAsync("c") == ReserveVerdict.Reserved);
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task RepeatOfARequest_ReservesOnce_AndOneReleaseLeavesIt(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: Estimate, key: 5 * Estimate);
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));
        Assert.Equal(ReserveVerdict.Reserved, await harness[1].ReserveAsync("a"));
        Assert.Equal(ReserveVerdict.Held, await harness[1].ReserveAsync("b"));
        if (kind == BudgetKind.Shared)
        {
            await harness[0].Shared!.ReleaseAsync("a", await harness[0].FindAsync());
            Assert.Equal(ReserveVerdict.Held, await harness[2].ReserveAsync("b"));
        }

        await harness[1].ReleaseAsync("a");
        await UntilAsync(async () => await harness[2].ReserveAsync("b") == ReserveVerdict.Reserved);
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task ReservationWithoutAnEnd_Expires(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: Estimate);
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));

        harness.Fixture.Time.Advance(BudgetAccounts.Life - TimeSpan.FromSeconds(1));
        Assert.Equal(ReserveVerdict.Held, await harness[1].ReserveAsync("b"));

        harness.Fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ReserveVerdict.Reserved, await harness[1].ReserveAsync("c"));
        Assert.Equal(ReserveVerdict.Held, await harness[2].ReserveAsync("d"));
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task NoUsageSeen_CostsTheEstimate_UntilTheCountArrives(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: Estimate);
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));
        await harness[1].EndAsync("a", tokens: null);
        Assert.Equal(Estimate, await harness.Fixture.SpentAsync());
        Assert.Equal(ReserveVerdict.Spent, await harness[0].ReserveAsync("b"));

        // A late report from another replica: it cost less.
        await harness[2].EndAsync("a", tokens: 5);

        Assert.Equal(5, await harness.Fixture.SpentAsync());
        harness.Fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("c"));
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task NextMonth_BeginsAtNothing_InUtc(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: Estimate);
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));
        await harness[1].EndAsync("a", tokens: Estimate);
        Assert.Equal(ReserveVerdict.Spent, await harness[0].ReserveAsync("b"));
        harness.Fixture.Time.Advance(TimeSpan.FromMinutes(60) - TimeSpan.FromTicks(1));
        Assert.Equal(ReserveVerdict.Spent, await harness[0].ReserveAsync("c"));

        harness.Fixture.Time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("d"));
        Assert.Equal(ReserveVerdict.Held, await harness[1].ReserveAsync("e"));
        Assert.Equal((Estimate, 0), (await harness.Fixture.SpentAsync(), await harness.Fixture.SpentAsync(periodId: 202602)));
    }

    /// <summary>A request that arrives in one month and reserves in the next is charged to the first; the second is released.</summary>
    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task TurnOfTheMonth_WithinADecision_HoldsNothingAfterItsEnd(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: Estimate);
        var asked = harness[0].Decided("a", Estimate);
        harness.Fixture.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));
        Assert.Equal(ReserveVerdict.Held, await harness[1].ReserveAsync("b"));

        await harness[1].WriteAsync(asked, harness[1].Observed("a", tokens: Estimate));

        Assert.Equal(ReserveVerdict.Reserved, await harness[2].ReserveAsync("c"));
        Assert.Equal((Estimate, 0), (await harness.Fixture.SpentAsync(), await harness.Fixture.SpentAsync(periodId: 202602)));
    }

    /// <summary>The month ends within the week and with the day.</summary>
    [Theory]
    [InlineData("Day", true)]
    [InlineData("Week", false)]
    [InlineData("Month", true)]
    public async Task Period_EndsInUtc(string period, bool isNew)
    {
        await using var harness = await Harness.StartAsync(BudgetKind.Memory);
        await harness.Fixture.SetAsync(Enum.Parse<BudgetPeriod>(period), Estimate);
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));
        await harness[0].EndAsync("a", tokens: Estimate);
        harness.Fixture.Time.Advance(TimeSpan.FromMinutes(60) - TimeSpan.FromTicks(1));
        Assert.Equal(ReserveVerdict.Spent, await harness[0].ReserveAsync("b"));

        harness.Fixture.Time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(isNew ? ReserveVerdict.Reserved : ReserveVerdict.Spent, await harness[0].ReserveAsync("c"));
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task BudgetsOfTwoPeriods_MustBothPass(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: 3 * Estimate);
        await harness.Fixture.SetAsync(BudgetPeriod.Day, Estimate);
        harness.Fixture.Time.Advance(TimeSpan.FromHours(1));
        foreach (var day in new[] { "a", "b", "c" })
        {
            Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync(day));
            Assert.Equal(ReserveVerdict.Held, await harness[1].ReserveAsync($"{day} held"));
            await harness[1].EndAsync(day, tokens: Estimate);
            Assert.Equal(ReserveVerdict.Spent, await harness[2].ReserveAsync($"{day} spent"));
            Assert.Equal(day == "c" ? BudgetPeriod.Month : BudgetPeriod.Day, PeriodOf((await harness[2].FindAsync()).Exceeded));
            harness.Fixture.Time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal(ReserveVerdict.Spent, await harness[0].ReserveAsync("d"));
        Assert.Equal(BudgetPeriod.Month, PeriodOf((await harness[0].FindAsync()).Exceeded));
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task ManyAtOnce_AreHeldToTheLowestOfAllPeriods(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: 100 * Estimate, shared: 90 * Estimate);
        await harness.Fixture.SetAsync(BudgetPeriod.Week, 50 * Estimate);
        await harness.Fixture.SetAsync(BudgetPeriod.Day, 10 * Estimate, BudgetScope.Shared, BudgetFixture.Group);

        var admitted = await harness.AskManyAsync(Callers);

        Assert.Equal(10, admitted.Count);
        await Task.WhenAll(admitted.Select((id, index) => harness[index + 1].EndAsync(id, Estimate, sharedBudgets: BudgetFixture.Group)));
        Assert.Equal(10 * Estimate, await harness.Fixture.SpentAsync(BudgetScope.Shared, 20260131));
        Assert.Equal(BudgetFixture.Group, (await harness[0].FindAsync()).SharedBudgets);
        Assert.Equal(ReserveVerdict.Spent, await harness[2].ReserveAsync("later"));
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task BudgetOfADay_CountsWhatWasSpentBeforeItWasSet(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind);
        await harness[0].EndAsync("a", tokens: Estimate);

        await harness.Fixture.SetAsync(BudgetPeriod.Day, Estimate);

        Assert.Equal(ReserveVerdict.Spent, await harness[1].ReserveAsync("b"));
    }

    /// <summary>A request that arrives on one day and reserves on the next is charged to the first; the second is released.</summary>
    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task TurnOfTheDay_WithinADecision_HoldsNothingAfterItsEnd(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind);
        await harness.Fixture.SetAsync(BudgetPeriod.Day, Estimate);
        var asked = harness[0].Decided("a", Estimate);
        harness.Fixture.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));
        Assert.Equal(ReserveVerdict.Held, await harness[1].ReserveAsync("b"));

        await harness[1].WriteAsync(asked, harness[1].Observed("a", tokens: Estimate));

        Assert.Equal(ReserveVerdict.Reserved, await harness[2].ReserveAsync("c"));
        Assert.Equal(
            (Estimate, 0),
            (await harness.Fixture.SpentAsync(periodId: 20260131), await harness.Fixture.SpentAsync(periodId: 20260201))
        );
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task CountThatComesAfterTheEnd_IsLearnedFrom_AndOnce(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: 10 * Estimate);
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));
        await harness[0]
            .WriteAsync(
                harness[0].Decided("a", Estimate),
                new UsageReport
                {
                    DecisionId = "a",
                    Time = harness.Fixture.Time.GetUtcNow(),
                    Facts = UsageFacts.Logged | UsageFacts.Ended,
                }
            );
        Assert.Equal(Estimate, harness[0].Estimates.Of(BudgetFixture.Policy, BudgetFixture.User));

        await harness[0].WriteAsync(harness[0].Observed("a", tokens: 8 * Estimate));
        await harness[0].WriteAsync(harness[0].Observed("a", tokens: 9 * Estimate));

        Assert.Equal(8 * Estimate, harness[0].Estimates.Of(BudgetFixture.Policy, BudgetFixture.User));
    }

    /// <summary>Three requests of one token, then sixty concurrent ones whose usage is only observed as bytes.</summary>
    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task CheapRequestsFirst_MakeExpensiveOnesNoCheaper(BudgetKind kind)
    {
        const long Limit = 10 * Estimate;
        const long Cost = 2 * Estimate;
        await using var harness = await Harness.StartAsync(kind, user: Limit);
        foreach (var id in new[] { "p1", "p2", "p3" })
        {
            Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync(id));
            await harness[0].EndAsync(id, tokens: 4);
        }

        var admitted = await harness.AskManyAsync(60);
        Assert.Equal(10, admitted.Count);
        await Task.WhenAll(
            admitted.Select(
                (id, index) =>
                    harness[index].WriteAsync(harness[index].Decided(id, Estimate), Unseen(harness[index].Observed(id, tokens: null), Cost))
            )
        );

        Assert.Equal(12 + (10 * Cost), await harness.Fixture.SpentAsync());
        Assert.All(await Task.WhenAll(harness.Replicas.Select(replica => replica.ReserveAsync("later"))), verdict =>
            Assert.Equal(ReserveVerdict.Spent, verdict)
        );

        // The observed amount exceeded the estimate, so later requests reserve more.
        Assert.Contains(harness.Replicas, replica => replica.Estimates.Of(BudgetFixture.Policy, BudgetFixture.User) == Cost);

        static UsageReport Unseen(UsageReport part, long tokens)
        {
            part.SeenOutputTokens = tokens;
            return part;
        }
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task CostsWithoutAReservation_CountToo(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind, user: 2 * Estimate);
        Assert.Equal(ReserveVerdict.Reserved, await harness[0].ReserveAsync("a"));

        // As the Recorder reports them.
        var recorded = harness[1].Decided("r", reserved: null);
        (recorded.InputTokens, recorded.Facts) = (Estimate, UsageFacts.Recorded | UsageFacts.HasUsage | UsageFacts.Ended);
        await harness[1].WriteAsync(recorded);

        Assert.Equal(ReserveVerdict.Held, await harness[0].ReserveAsync("b"));
        Assert.Equal(ReserveVerdict.Held, await harness[2].ReserveAsync("c"));
    }

    [Theory]
    [BudgetsInMemory]
    [BudgetsOnRedis]
    public async Task NoBudget_IsNeitherReservedNorRemembered(BudgetKind kind)
    {
        await using var harness = await Harness.StartAsync(kind);

        Assert.Same(BudgetSnapshot.Unlimited, await harness[0].FindAsync());
        await harness[1].EndAsync("a", tokens: 5);

        Assert.All(harness.Replicas, replica => Assert.Null(replica.Accounts.Find(new(BudgetScope.User, BudgetFixture.User, 202601))));
    }

    private static BudgetPeriod? PeriodOf(AccountLimit? limit) => limit is { } one ? BudgetPeriods.Of(one.Account.Name.PeriodId) : null;

    private static async Task UntilAsync(Func<Task<bool>> isTrue)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await isTrue())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    private sealed class Harness : IAsyncDisposable
    {
        private readonly SharedConnections _connections = new();

        public required BudgetFixture Fixture { get; init; }

        public List<BudgetFixture.Replica> Replicas { get; } = [];

        public string Prefix { get; set; } = "a";

        public BudgetFixture.Replica this[int index] => Replicas[index % Replicas.Count];

        public static async Task<Harness> StartAsync(BudgetKind kind, long? user = null, long? key = null, long? shared = null)
        {
            var harness = new Harness { Fixture = await BudgetFixture.StartAsync(user, key, shared) };
            for (var i = 0; i < (kind == BudgetKind.Memory ? 1 : 3); i++)
            {
                harness.Replicas.Add(harness.Fixture.AddReplica(kind == BudgetKind.Memory ? null : await harness._connections.OpenAsync()));
            }

            return harness;
        }

        /// <returns>The admitted requests; all others were denied because of reservations.</returns>
        public async Task<List<string>> AskManyAsync(int count)
        {
            var verdicts = await Task.WhenAll(
                Enumerable
                    .Range(0, count)
                    .Select(caller =>
                        Task.Run(async () => (Id: $"{Prefix}{caller}", Verdict: await this[caller].ReserveAsync($"{Prefix}{caller}")))
                    )
            );
            Assert.All(verdicts, one => Assert.True(one.Verdict is ReserveVerdict.Reserved or ReserveVerdict.Held));
            return [.. verdicts.Where(one => one.Verdict == ReserveVerdict.Reserved).Select(one => one.Id)];
        }

        public async ValueTask DisposeAsync()
        {
            await Fixture.DisposeAsync();
            await _connections.DisposeAsync();
        }
    }
}
