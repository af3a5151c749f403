using System.Diagnostics.Metrics;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Administration.Accounts;

/// <summary>Logins, passwords and sessions of people.</summary>
internal static class AccountsFeature
{
    public static IServiceCollection AddAccounts(this IServiceCollection services) =>
        services
            .AddSingleton<PasswordHashing>()
            .AddSingleton<LoginThrottle>()
            .AddSingleton(provider => new LoginFailures(
                provider.GetRequiredService<IMeterFactory>().Create(MeterNames.Sidecar),
                provider.GetRequiredService<Store>(),
                provider.GetRequiredService<TimeProvider>()
            ))
            .AddSingleton<CreateUser>()
            .AddSingleton<LogIn>()
            .AddSingleton<Reauthenticate>()
            .AddSingleton<SetPassword>()
            .AddSingleton<ResetPassword>()
            .AddSingleton<CreateAccount>()
            .AddSingleton<ListSessions>()
            .AddSingleton<EndSessions>();
}
