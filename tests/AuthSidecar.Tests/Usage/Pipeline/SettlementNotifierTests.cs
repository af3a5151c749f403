using AuthSidecar.Platform.Storage;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Usage.Pipeline;

public sealed class SettlementNotifierTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger<SettlementNotifier> _log = new();
    private readonly List<string> _told = [];
    private Exception? _fault;
    private int _asked;

    [Fact]
    public async Task UnreadableStore_IsRetried_WithoutNewRows_AndNothingIsSettledTwice()
    {
        using var notifier = Open();
        _fault = new StoreUnavailableException("gone");
        await notifier.NotifyAsync(Rows(1, 2), CancellationToken.None);
        await notifier.NotifyAsync(Rows(3), CancellationToken.None);
        await UntilAsync(() => Volatile.Read(ref _asked) >= 3);
        Assert.Empty(Settled());

        Volatile.Write(ref _fault, null);
        await UntilAsync(() => Settled().Length == 3);
        await notifier.NotifyAsync(Rows(4), CancellationToken.None);
        await UntilAsync(() => Settled().Length == 4);

        Assert.Equal([UsageParts.Id(1), UsageParts.Id(2), UsageParts.Id(3), UsageParts.Id(4)], Settled());
        Assert.Equal([LogLevel.Warning, LogLevel.Information], _log.Entries.Select(entry => entry.Level));
    }

    [Fact]
    public async Task BeyondTheBound_TheOldestAreLeftToExpire()
    {
        using var notifier = Open();
        _fault = new StoreUnavailableException("gone");
        await notifier.NotifyAsync(Rows(1, 2), CancellationToken.None);

        await notifier.NotifyAsync([.. Enumerable.Repeat(Rows(3)[0], SettlementNotifier.MostWaiting)], CancellationToken.None);

        Volatile.Write(ref _fault, null);
        await UntilAsync(() => Settled().Length >= SettlementNotifier.MostWaiting);
        Assert.Equal([UsageParts.Id(3)], Settled().Distinct());
    }

    /// <summary>An unexpected error would recur with each retry.</summary>
    [Fact]
    public async Task AnyOtherFault_IsLogged_AndOtherHandlersAreCalled()
    {
        using var notifier = Open();
        _fault = new InvalidOperationException("unforeseen");
        await notifier.NotifyAsync(Rows(1), CancellationToken.None);
        _fault = null;

        await notifier.NotifyAsync(Rows(2), CancellationToken.None);

        Assert.Equal([UsageParts.Id(2)], Settled());
        Assert.Contains("their reservations expire", Assert.Single(_log.Entries).Message, StringComparison.Ordinal);
    }

    private static SettledUsage[] Rows(params int[] numbers) =>
        [.. numbers.Select(number => new SettledUsage(UsageRow.From(UsageParts.Decided(UsageParts.Id(number))), false))];

    private SettlementNotifier Open() => new(_time, _log, (rows, _) =>
        {
            Interlocked.Increment(ref _asked);
            if (Volatile.Read(ref _fault) is { } fault)
            {
                return Task.FromException(fault);
            }

            lock (_told)
            {
                _told.AddRange(rows.Select(row => row.Row.DecisionId));
            }

            return Task.CompletedTask;
        });

    private string[] Settled()
    {
        lock (_told)
        {
            return [.. _told];
        }
    }

    private async Task UntilAsync(Func<bool> isTrue)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!isTrue())
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, limit.Token);
        }
    }
}
