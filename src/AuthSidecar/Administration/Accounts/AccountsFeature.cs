using System.Diagnostics.Metrics;
using AuthSidecar.Administration.Audit;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Administration.Accounts;

/// <summary>Logins, passwords and sessions of people.</summary>
internal static class AccountsFeature
{
    /// <param name="services">Needs the store, a clock and the rate limiter.</param>
    /// <param name="admin">Created at start if the name is free; null: none.</param>
    /// <param name="limits">When sessions are over.</param>
    public static IServiceCollection AddAccounts(this IServiceCollection services, FirstAdmin? admin, SessionLimits limits) =>
        services
            .AddSingleton<PasswordHashing>()
            .AddSingleton<LoginThrottle>()
            .AddSingleton(provider => new LoginFailures(
                provider.GetRequiredService<IMeterFactory>().Create(MeterNames.Sidecar),
                provider.GetRequiredService<Store>(),
                provider.GetRequiredService<TimeProvider>()
            ))
            .AddSingleton<CreateUser>()
            .AddSingleton<AdminLogins>()
            .AddSingleton<LogIn>()
            .AddSingleton<Reauthenticate>()
            .AddSingleton<SetPassword>()
            .AddSingleton<OverwritePassword>()
            .AddSingleton<ResetPassword>()
            .AddSingleton<CreateAccount>()
            .AddSingleton<ListSessions>()
            .AddSingleton<EndSessions>()
            .AddSingleton<UpdateUser>()
            .AddSingleton<ListAudit>()
            .AddSingleton(provider =>
                admin is null
                    ? ActivatorUtilities.CreateInstance<BootstrapAdmin>(provider)
                    : ActivatorUtilities.CreateInstance<BootstrapAdmin>(provider, admin)
            )
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<AccountsRetention>(provider, limits));
}
