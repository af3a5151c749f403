using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Me;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Administration.Pages;

/// <summary>The use cases behind the person's own pages.</summary>
internal static class PagesFeature
{
    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => provider.GetRequiredService<ConsoleOptions>().Keys);
        services.TryAddSingleton<OwnKeyRules>();
        services.TryAddSingleton<CreateKey>();
        services.TryAddSingleton<ShowKey>();
        services.TryAddSingleton<ListKeys>();
        services.TryAddSingleton<RotateKey>();
        services.TryAddSingleton<RevokeKey>();
        services.TryAddSingleton<RevokeKeys>();
        services.TryAddSingleton<CreateOwnKey>();
        services.TryAddSingleton<OwnKeys>();
        services.TryAddSingleton<OwnRequests>();
        services.TryAddSingleton<ListOwnBudgets>();
        services.TryAddSingleton<ShowUser>();
        services.TryAddSingleton<SentForms>();
        services.TryAddSingleton<GatewaySamples>();
        return services;
    }
}
