using System.Text;
using System.Text.Json.Nodes;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.BudgetAlerts;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Usage.BudgetAlerts;

/// <summary>Reached warnings and limits of budgets, and their webhook, with one store of several replicas.</summary>
public sealed class BudgetAlertTests : IAsyncLifetime, IDisposable
{
    private const string Issuer = "https://id.example.com";
    private static readonly Secret _secret = new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new(2026, 1, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly RecordingLogger<BudgetAlertFinder> _log = new();
    private readonly TestMeters _meters = new();
    private readonly UsageOptions _options = new();
    private readonly List<IDisposable> _webhooks = [];
    private Store _store = null!;
    private Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        _store = Open();
        await _store.PrepareAsync(CancellationToken.None);
        _options.BudgetWebhook.Uri = _receiver.Uri;
        _options.BudgetWebhook.Secret = _secret;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    public void Dispose()
    {
        _webhooks.ForEach(webhook => webhook.Dispose());
        _meters.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Warning_IsGivenOnce_AndTheLimitOnce_InEachPeriod()
    {
        await AddAsync(Of(BudgetScope.User, "ada", 100, warn: 80, BudgetPeriod.Day));
        await SpendAsync(BudgetScope.User, "ada", 20260130, 79);
        Assert.Equal(0, await FindAsync());

        await SpendAsync(BudgetScope.User, "ada", 20260130, 1);
        Assert.Equal(1, await FindAsync());
        Assert.Equal(0, await FindAsync());
        await SpendAsync(BudgetScope.User, "ada", 20260130, 20);
        Assert.Equal(1, await FindAsync());
        Assert.Equal(0, await FindAsync());

        _time.Advance(TimeSpan.FromDays(1));
        await SpendAsync(BudgetScope.User, "ada", 20260131, 500);
        Assert.Equal(2, await FindAsync());
        Assert.Equal(0, await FindAsync());

        Assert.Equal(
            ["Warning 20260130 80", "Exceeded 20260130 100", "Warning 20260131 500", "Exceeded 20260131 500"],
            (await AlertsAsync()).Select(alert => $"{alert.Event} {alert.PeriodId} {alert.SpentMicros}")
        );
    }

    [Theory]
    [InlineData(-1, 10, 1)]
    [InlineData(-1, 20, 0)]
    [InlineData(1, 10, 0)]
    public async Task ReachedBeforeMidnight_IsFoundSoonAfter_IfTheBudgetIsAsOld(int setAfterMidnight, int minutes, int found)
    {
        var midnight = new DateTimeOffset(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);
        var budget = Of(BudgetScope.User, "ada", 100, warn: 80, BudgetPeriod.Day);
        budget.UpdatedAt = midnight.AddMinutes(setAfterMidnight);
        await AddAsync(budget);
        await SpendAsync(BudgetScope.User, "ada", 20260130, 90);
        _time.Advance(midnight.AddMinutes(minutes) - _time.GetUtcNow());

        Assert.Equal(found, await FindAsync());
    }

    [Fact]
    public async Task Budgets_WithoutAWarning_OrWithoutSpend_GiveNone()
    {
        await AddAsync(Of(BudgetScope.User, "ada", 100), Of(BudgetScope.User, "zero", 0), Of(BudgetScope.Key, "k", 100, warn: 1));
        await SpendAsync(BudgetScope.User, "ada", 202601, 99);
        await SpendAsync(BudgetScope.User, "k", 202601, 99);
        await SpendAsync(BudgetScope.Key, "k", 202512, 99);

        Assert.Equal(0, await FindAsync());
    }

    /// <summary>As decisions choose it: the own one, else the highest of the groups, of the same period.</summary>
    [Fact]
    public async Task BudgetOfEachMember_IsTheOneInForce()
    {
        await using (var context = _store.Open())
        {
            foreach (var group in new[] { "a", "b", "c" })
            {
                context.Groups.Add(new() { Id = group });
            }

            foreach (var user in new[] { "ada", "bob", "eve" })
            {
                context.Users.Add(new() { Id = user, Name = user });
                context.GroupMembers.Add(new() { GroupId = "a", UserId = user });
                context.GroupMembers.Add(new() { GroupId = "b", UserId = user });
                context.GroupMembers.Add(new() { GroupId = "c", UserId = user });
            }

            await context.SaveChangesAsync();
        }

        await AddAsync(
            Of(BudgetScope.Group, "a", 10),
            Of(BudgetScope.Group, "b", 20, warn: 15),
            Of(BudgetScope.Group, "c", 20, warn: 5),
            Of(BudgetScope.User, "bob", 1000),
            Of(BudgetScope.User, "ada", 1000, warn: null, BudgetPeriod.Day),
            Of(BudgetScope.Shared, "a", 30, warn: 25)
        );
        await SpendAsync(BudgetScope.User, "ada", 202601, 16);
        await SpendAsync(BudgetScope.User, "bob", 202601, 16);
        await SpendAsync(BudgetScope.User, "eve", 202601, 14);
        await SpendAsync(BudgetScope.Shared, "a", 202601, 30);

        await FindAsync();

        Assert.Equal(
            ["Group b ada Warning", "Shared a a Exceeded", "Shared a a Warning"],
            (await AlertsAsync())
                .Select(alert => $"{alert.Scope} {alert.SubjectId} {alert.SpenderId} {alert.Event}")
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task IssuersDefault_IsExceededOnce()
    {
        await AddAsync(Of(BudgetScope.User, $"{Issuer}|rich", 5_000_000));
        foreach (var subject in new[] { $"{Issuer}|ada", $"{Issuer}|rich", $"{Issuer}/other|ada" })
        {
            await SpendAsync(BudgetScope.User, subject, 202601, 2_000_000);
        }

        Assert.Equal(1, await FindAsync());
        Assert.Equal(0, await FindAsync());
        Assert.Equal($"{Issuer}|ada", Assert.Single(await AlertsAsync()).SubjectId);
    }

    [Fact]
    public async Task ManyReplicas_ClaimEachEventOnce_AndDeliverItOnce()
    {
        for (var user = 0; user < 10; user++)
        {
            await AddAsync(Of(BudgetScope.User, $"u{user}", 100, warn: 50));
            await SpendAsync(BudgetScope.User, $"u{user}", 202601, 60);
        }

        var stores = Enumerable.Range(0, 4).Select(_ => Open()).ToList();
        var claimed = await Task.WhenAll(stores.Select(store => Task.Run(() => FindAsync(store))));
        await Task.WhenAll(stores.Select(store => Task.Run(() => DeliverAsync(store))));

        Assert.Equal(10, claimed.Sum());
        Assert.Equal(10, _receiver.Messages.Count);
        Assert.Equal(10, _receiver.Messages.Select(message => message.Id).Distinct().Count());
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task Message_IsSigned_AndSaysWhatWasReached()
    {
        await AddAsync(Of(BudgetScope.User, "ada", 100, warn: 80, BudgetPeriod.Week));
        await SpendAsync(BudgetScope.User, "ada", 2026005, 81);
        await FindAsync();

        await DeliverAsync();

        var message = Assert.Single(_receiver.Messages);
        Assert.Equal(
            JsonNode
                .Parse(
                    """
                    {"type":"budget.warning","timestamp":"2026-01-30T12:00:00Z","data":{"scope":"user","subject":"ada","spender":"ada","period":"week","startsAt":"2026-01-26T00:00:00Z","resetsAt":"2026-02-02T00:00:00Z","limitMicroUsd":100,"warnMicroUsd":80,"spentMicroUsd":81}}
                    """
                )!
                .ToJsonString(),
            JsonNode.Parse(message.Body)!.ToJsonString()
        );
        Assert.Equal($"{_time.GetUtcNow().ToUnixTimeSeconds()}", message.Timestamp);
        Assert.Equal(
            WebhookSecret.Sign(WebhookSecret.KeyOf(_secret)!, message.Id, message.Timestamp, Encoding.UTF8.GetBytes(message.Body)),
            message.Signature
        );
        Assert.Equal(_time.GetUtcNow(), Assert.Single(await AlertsAsync()).DeliveredAt);
        _time.Advance(TimeSpan.FromDays(1));
        await DeliverAsync();
        Assert.Single(_receiver.Messages);
    }

    /// <summary>Also by another process: what is not delivered waits in the store.</summary>
    [Fact]
    public async Task FailedMessage_IsRepeatedWithTheSameId_UntilItArrives()
    {
        await ReachAsync();
        _receiver.Status = 500;
        await DeliverAsync();
        await DeliverAsync();
        Assert.Single(_receiver.Messages);

        _receiver.Status = 200;
        _time.Advance(TimeSpan.FromSeconds(5));
        await using (var restarted = Open())
        {
            await DeliverAsync(restarted);
        }

        Assert.Equal(2, _receiver.Messages.Count);
        Assert.Single(_receiver.Messages.Select(message => message.Id).Distinct());
        Assert.NotNull(Assert.Single(await AlertsAsync()).DeliveredAt);
    }

    [Fact]
    public async Task AttemptOfAReplicaThatDied_IsTakenOver()
    {
        await ReachAsync();
        await using (var context = _store.Open())
        {
            var leased = _time.GetUtcNow() + TimeSpan.FromMinutes(1);
            await context.BudgetAlerts.ExecuteUpdateAsync(set =>
                set.SetProperty(alert => alert.NextAt, leased).SetProperty(alert => alert.Attempts, 1)
            );
        }

        await DeliverAsync();
        Assert.Empty(_receiver.Messages);

        _time.Advance(TimeSpan.FromMinutes(1));
        await DeliverAsync();
        Assert.Single(_receiver.Messages);
    }

    [Theory]
    [InlineData(410, 1)]
    [InlineData(500, 8)]
    [InlineData(302, 8)]
    public async Task Attempts_End(int status, int attempts)
    {
        await ReachAsync();
        _receiver.Status = status;

        for (var hour = 0; hour < 100; hour++)
        {
            await DeliverAsync();
            _time.Advance(TimeSpan.FromMinutes(30));
        }

        Assert.Equal(attempts, _receiver.Messages.Count);
        var alert = Assert.Single(await AlertsAsync());
        Assert.Equal((null, null, attempts), (alert.NextAt, alert.DeliveredAt, alert.Attempts));
    }

    [Fact]
    public async Task WithoutAWebhook_NothingWaits()
    {
        _options.BudgetWebhook.Uri = "";
        await ReachAsync();

        Assert.Null(Assert.Single(await AlertsAsync()).NextAt);
        Assert.Equal(
            "Budget warning: user ada, spender ada, spent 0.00009 of 0.0001 US dollars this month; requests pass until the limit.",
            Assert.Single(_log.Entries).Message
        );
    }

    [Fact]
    public async Task Service_FindsAndDelivers_AfterASettlement()
    {
        await AddAsync(Of(BudgetScope.User, "ada", 100, warn: 80));
        using var service = new BudgetAlertService(Finder(_store), Webhook(_store), _time, new RecordingLogger<BudgetAlertService>());
        await service.StartAsync(CancellationToken.None);
        await SpendAsync(BudgetScope.User, "ada", 202601, 90);
        await service.After((_, _) => Task.CompletedTask)([], CancellationToken.None);

        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (_receiver.Messages.IsEmpty)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(10, limit.Token);
        }

        await service.StopAsync(CancellationToken.None);
        Assert.Single(_receiver.Messages);
    }

    private SqliteStore Open() => SqliteStore.For(new(), _directory.Path, TimeProvider.System);

    private BudgetAlertFinder Finder(Store store) =>
        new(store, _options, new([new() { Issuer = Issuer, BudgetUsd = 1.5m }]), _time, new(_meters), _log);

    private BudgetWebhook Webhook(Store store)
    {
        var webhook = new BudgetWebhook(store, _options, _time, new(_meters), new RecordingLogger<BudgetWebhook>());
        _webhooks.Add(webhook);
        return webhook;
    }

    private Task<int> FindAsync(Store? store = null) => Finder(store ?? _store).RunAsync(CancellationToken.None);

    private async Task DeliverAsync(Store? store = null)
    {
        using var webhook = new BudgetWebhook(store ?? _store, _options, _time, new(_meters), new RecordingLogger<BudgetWebhook>());
        await webhook.RunAsync(CancellationToken.None);
    }

    private async Task ReachAsync()
    {
        await AddAsync(Of(BudgetScope.User, "ada", 100, warn: 80));
        await SpendAsync(BudgetScope.User, "ada", 202601, 90);
        Assert.Equal(1, await FindAsync());
    }

    private async Task<List<BudgetAlert>> AlertsAsync()
    {
        await using var context = _store.Open();
        return await context.BudgetAlerts.AsNoTracking().OrderBy(alert => alert.At).ThenByDescending(alert => alert.Event).ToListAsync();
    }

    private async Task AddAsync(params Budget[] budgets)
    {
        await using var context = _store.Open();
        context.Budgets.AddRange(budgets);
        await context.SaveChangesAsync();
    }

    private async Task SpendAsync(BudgetScope scope, string subject, int periodId, long micros)
    {
        await using var context = _store.Open();
        var spend = await context.Spends.SingleOrDefaultAsync(one =>
            one.Scope == scope && one.SubjectId == subject && one.PeriodId == periodId
        );
        if (spend is null)
        {
            context.Spends.Add(
                spend = new()
                {
                    Scope = scope,
                    SubjectId = subject,
                    PeriodId = periodId,
                }
            );
        }

        spend.Micros += micros;
        await context.SaveChangesAsync();
    }

    private static Budget Of(BudgetScope scope, string subject, long micros, long? warn = null, BudgetPeriod period = BudgetPeriod.Month) =>
        new()
        {
            Scope = scope,
            SubjectId = subject,
            Period = period,
            LimitMicros = micros,
            WarnMicros = warn,
        };
}
