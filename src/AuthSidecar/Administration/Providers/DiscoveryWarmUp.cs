namespace AuthSidecar.Administration.Providers;

/// <summary>Reads the discovery documents in the background, so that the pages know to which origins their forms lead.</summary>
internal sealed class DiscoveryWarmUp(LoginProviders providers, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await Task.WhenAll(providers.All.Select(provider => ReadAsync(provider, stoppingToken)));
    }

    private async Task ReadAsync(LoginProvider provider, CancellationToken stoppingToken)
    {
        while (await provider.Discovery.FindAsync(stoppingToken) is null)
        {
            await Task.Delay(_retry, time, stoppingToken);
        }
    }
}
