using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Providers;

namespace AuthSidecar.Administration.ExternalApproval;

/// <summary>The approval of devices by people without an account, who prove an identity at a provider.</summary>
internal static class ExternalApprovalFeature
{
    /// <param name="services">Needs the device flow and the providers.</param>
    /// <param name="logins">The configured providers.</param>
    public static IServiceCollection AddExternalApproval(this IServiceCollection services, IReadOnlyList<LoginOptions> logins)
    {
        foreach (var login in logins.Where(login => login.For == LoginPurpose.EndUser))
        {
            var title = login.Title.Length > 0 ? login.Title : login.Name;
            services.AddSingleton(
                new DeviceSignIn(
                    $"Sign in with {title}",
                    $"You have no account in this console, but one at {title.TrimEnd('.')}.",
                    $"/device/sign-in/{login.Name}"
                )
            );
        }

        return services
            .AddSingleton<ApprovalGrants>()
            .AddSingleton<StartExternalSignIn>()
            .AddSingleton<CompleteExternalSignIn>()
            .AddSingleton<DecideExternally>();
    }
}
