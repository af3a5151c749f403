using System.Globalization;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Usage.BudgetAlerts;

/// <summary>
/// Delivers the messages of claimed events: signed POSTs, repeated with growing pauses under the same id until the receiver answers 2xx or
/// 410, at most eight times in 21 hours.
/// </summary>
internal sealed partial class BudgetWebhook(
    Store store,
    UsageOptions options,
    TimeProvider time,
    BudgetAlertMetrics metrics,
    ILogger<BudgetWebhook> logger
) : IDisposable
{
    private const int AtOnce = 4;
    private const int MostOfARun = 64;
    private const int Gone = 410;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    // Longer than an attempt: a replica that dies within one delays it by this.
    private static readonly TimeSpan _lease = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan[] _pauses =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(6),
        TimeSpan.FromHours(12),
    ];

    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly byte[] _key = options.BudgetWebhook.Secret is { } secret ? WebhookSecret.KeyOf(secret) ?? [] : [];

    public bool IsConfigured => options.BudgetWebhook.Uri.Length > 0 && _key.Length > 0;

    /// <summary>Attempts every message that is due.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = Instant.Now(time);
        List<BudgetAlert> due;
        await using (var context = store.Open())
        {
            due = await context
                .BudgetAlerts.AsNoTracking()
                .Where(alert => alert.NextAt <= now)
                .OrderBy(alert => alert.NextAt)
                .Take(MostOfARun)
                .ToListAsync(cancellationToken);
        }

        await Parallel.ForEachAsync(
            due,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (alert, token) => await AttemptAsync(alert, token)
        );
    }

    public void Dispose() => _http.Dispose();

    private async Task AttemptAsync(BudgetAlert alert, CancellationToken cancellationToken)
    {
        if (!await LeaseAsync(alert, cancellationToken))
        {
            return;
        }

        var (isDelivered, problem) = await PostAsync(alert, cancellationToken);
        var attempts = alert.Attempts + 1;
        DateTimeOffset? next =
            isDelivered || problem is null || attempts > _pauses.Length ? null : Instant.Now(time) + _pauses[attempts - 1];
        await EndAsync(alert, isDelivered, next, cancellationToken);
        metrics.CountMessage(
            isDelivered ? "delivered"
            : next is null ? "given_up"
            : "failed"
        );
        if (!isDelivered)
        {
            if (next is { } at)
            {
                LogFailed(alert.MessageId, attempts, problem!, at);
            }
            else
            {
                LogGivenUp(alert.MessageId, attempts, problem ?? "the receiver answered 410");
            }
        }
    }

    // One replica has the attempt.
    private async Task<bool> LeaseAsync(BudgetAlert alert, CancellationToken cancellationToken)
    {
        var till = Instant.Now(time) + _lease;
        await using var context = store.Open();
        return await context
                .BudgetAlerts.Where(stored => stored.MessageId == alert.MessageId && stored.NextAt == alert.NextAt)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(stored => stored.NextAt, till).SetProperty(stored => stored.Attempts, alert.Attempts + 1),
                    cancellationToken
                ) == 1;
    }

    private async Task EndAsync(BudgetAlert alert, bool isDelivered, DateTimeOffset? next, CancellationToken cancellationToken)
    {
        DateTimeOffset? deliveredAt = isDelivered ? Instant.Now(time) : null;
        await using var context = store.Open();
        await context
            .BudgetAlerts.Where(stored => stored.MessageId == alert.MessageId)
            .ExecuteUpdateAsync(
                set => set.SetProperty(stored => stored.NextAt, next).SetProperty(stored => stored.DeliveredAt, deliveredAt),
                cancellationToken
            );
    }

    // Without a problem, and not delivered: the receiver wants no more.
    private async Task<(bool IsDelivered, string? Problem)> PostAsync(BudgetAlert alert, CancellationToken cancellationToken)
    {
        var body = BudgetMessage.Write(alert);
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var limit = new CancellationTokenSource(_patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, options.BudgetWebhook.Uri)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
            Headers =
            {
                { "webhook-id", alert.MessageId },
                { "webhook-timestamp", timestamp },
                { "webhook-signature", WebhookSecret.Sign(_key, alert.MessageId, timestamp, body) },
            },
        };
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            return response.IsSuccessStatusCode ? (true, null)
                : (int)response.StatusCode == Gone ? (false, null)
                : (false, $"the receiver answered {(int)response.StatusCode}");
        }
        catch (HttpRequestException fault)
        {
            return (false, fault.Message);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return (false, "no answer in time");
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Webhook message {Message} about a budget failed at attempt {Attempt} ({Problem}); next attempt at {NextAt}."
    )]
    private partial void LogFailed(string message, int attempt, string problem, DateTimeOffset nextAt);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Webhook message {Message} about a budget was given up after attempt {Attempt} ({Problem}); it is not sent again."
    )]
    private partial void LogGivenUp(string message, int attempt, string problem);
}
