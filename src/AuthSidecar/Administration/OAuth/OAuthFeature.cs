using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Administration.OAuth;

/// <summary>Endpoints of the OAuth RFCs 6749, 7009, 7662, 8414 and 8628, and their aliases for dify's client.</summary>
internal static class OAuthFeature
{
    /// <param name="services">Needs the device flow and the REST API.</param>
    public static IServiceCollection AddOAuth(this IServiceCollection services)
    {
        // AddAuthentication would add the hosted service of the key ring again.
        new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, ServiceAuthentication>(ServiceAuthentication.Name, null);
        services.Configure<AuthorizationOptions>(options =>
            options.AddPolicy(
                ConsolePolicies.Service,
                new AuthorizationPolicyBuilder(ServiceAuthentication.Name).RequireAuthenticatedUser().Build()
            )
        );
        services.TryAddSingleton<ListMembers>();
        services.TryAddSingleton<DeviceThrottle>();
        services.TryAddSingleton<DeviceTokens>();
        services.TryAddSingleton<EndPresentedToken>();
        return services
            .AddSingleton<DeviceEndpoints>()
            .AddSingleton<ExternalEndpoints>()
            .AddSingleton<TokenEndpoint>()
            .AddSingleton<RevocationEndpoint>()
            .AddSingleton<IntrospectionEndpoint>()
            .AddSingleton<MetadataEndpoint>()
            .AddSingleton<AccountSessions>();
    }
}
