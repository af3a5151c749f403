namespace AuthSidecar.Access.Jwt;

/// <summary>
/// Refreshes the keys of every issuer in the background. The start waits up to 2 s, so that the first requests find keys.
/// </summary>
internal sealed class SigningKeyRefresher(JwtAuthenticator jwts, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestStart = TimeSpan.FromSeconds(2);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var first = RefreshAsync();
        await Task.WhenAny(first, Task.Delay(_longestStart, time, cancellationToken));
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await RefreshAsync();
        }
    }

    private Task RefreshAsync() => Task.WhenAll(jwts.Issuers.Select(issuer => issuer.Keys.RefreshWhenDueAsync()));
}
