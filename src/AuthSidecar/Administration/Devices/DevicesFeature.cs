namespace AuthSidecar.Administration.Devices;

/// <summary>The device flow on the store.</summary>
internal static class DevicesFeature
{
    /// <param name="services">Needs the store, the hasher, a clock and section <c>Device</c>.</param>
    public static IServiceCollection AddDevices(this IServiceCollection services) =>
        services
            .AddSingleton<GrantMetrics>()
            .AddSingleton<GrantCodes>()
            .AddSingleton<StartGrant>()
            .AddSingleton<FindGrant>()
            .AddSingleton<FindPendingGrant>()
            .AddSingleton<CheckApprover>()
            .AddSingleton<DecideGrant>()
            .AddSingleton<CollectGrant>()
            .AddSingleton<DeviceGrantSweep>();
}
