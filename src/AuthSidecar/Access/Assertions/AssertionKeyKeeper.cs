using AuthSidecar.Access.Policies;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Access.Assertions;

/// <summary>Loads the assertion keys, and creates the next one ahead of time, while a policy requires assertions.</summary>
internal sealed class AssertionKeyKeeper(AssertionKeyRing keys, LiveOptions<PolicySet> policies, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    private bool AreRequired => policies.Current.Policies.Any(policy => policy.Options.Assertion);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LoadAsync();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await LoadAsync();
        }
    }

    private Task LoadAsync() => AreRequired ? keys.LoadAsync(mayCreate: true) : Task.CompletedTask;
}
