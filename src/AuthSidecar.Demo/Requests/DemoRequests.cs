namespace AuthSidecar.Demo.Requests;

/// <summary>Sends the requests one after the other and checks each result.</summary>
internal sealed class DemoRequests(IDemoClient client, IReadOnlyList<string> secrets)
{
    private const int MaxAttempts = 3;
    private static readonly TimeSpan _longestLag = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);

    /// <summary>Ids of the decisions that reached the client; Envoy reports no end for those it did not wait for.</summary>
    public IReadOnlySet<string> Answered => _answered;

    public async Task<DemoResult> RunAsync(DemoCase request, CancellationToken cancellationToken)
    {
        var exchange = request.Withdraw is { } withdraw
            ? await WithdrawAsync(request, withdraw, cancellationToken)
            : await SendAsync(request, cancellationToken);
        return new(request, exchange, Verdict.Of(request, exchange, client.HasEnvoy, secrets));
    }

    // Envoy waits 250 ms for a decision, which can be too short while everything starts. Its own 503 has no decision id.
    private async Task<Exchange> SendAsync(DemoCase request, CancellationToken cancellationToken)
    {
        var exchange = await client.SendAsync(request, cancellationToken);
        for (var attempt = 1; attempt < MaxAttempts && exchange.Client is { Status: 503, DecisionId: null }; attempt++)
        {
            exchange = await client.SendAsync(request, cancellationToken);
        }

        _answered.Add(exchange.Client.DecisionId ?? "");
        return exchange;
    }

    private async Task<Exchange> WithdrawAsync(
        DemoCase request,
        Func<CancellationToken, Task> withdraw,
        CancellationToken cancellationToken
    )
    {
        var before = await SendAsync(request, cancellationToken);
        if (before.Client.Status != 200)
        {
            return before with { Complaint = "it did not pass before access was revoked" };
        }

        await withdraw(cancellationToken);
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var exchange = await SendAsync(request, cancellationToken);
            var lag = TimeProvider.System.GetElapsedTime(started);
            if (exchange.Client.Status != 200)
            {
                return exchange with { Note = FormattableString.Invariant($"refused {lag.TotalSeconds:0.0} s later") };
            }

            if (lag > _longestLag)
            {
                return exchange;
            }

            await Task.Delay(_pause, TimeProvider.System, cancellationToken);
        }
    }
}
