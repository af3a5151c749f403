namespace AuthSidecar.Demo;

/// <summary>Makes the requests through a door, one after the other, and judges each.</summary>
internal sealed class DemoRequests(IDoor door, IReadOnlyList<string> secrets)
{
    private const int Patience = 3;
    private static readonly TimeSpan _longestLag = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);

    /// <summary>Ids of the decisions that came back to the client: of one that Envoy did not wait for it knows no end.</summary>
    public IReadOnlySet<string> Answered => _answered;

    public async Task<DemoResult> RunAsync(DemoCase request, CancellationToken cancellationToken)
    {
        var exchange = request.Withdraw is null ? await SendAsync(request, cancellationToken) : await WithdrawAsync(request, request.Withdraw, cancellationToken);
        return new(request, exchange, Verdict.Of(request, exchange, door.HasEnvoy, secrets));
    }

    // Envoy waits 250 ms for a decision. On a machine that is busy starting all this, that can be too short: its own 503 has no decision in it.
    private async Task<Exchange> SendAsync(DemoCase request, CancellationToken cancellationToken)
    {
        var exchange = await door.SendAsync(request, cancellationToken);
        for (var again = 1; again < Patience && exchange.Client is { Status: 503, DecisionId: null }; again++)
        {
            exchange = await door.SendAsync(request, cancellationToken);
        }

        _answered.Add(exchange.Client.DecisionId ?? "");
        return exchange;
    }

    private async Task<Exchange> WithdrawAsync(DemoCase request, Func<CancellationToken, Task> withdraw, CancellationToken cancellationToken)
    {
        var before = await SendAsync(request, cancellationToken);
        if (before.Client.Status != 200)
        {
            return before with { Complaint = "it did not pass before" };
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
