using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Rest.Admin;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Administration.Rest;

/// <summary>The REST API.</summary>
internal static class RestFeature
{
    public static IServiceCollection AddRest(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => provider.GetRequiredService<ConsoleOptions>().Keys);
        services.TryAddSingleton<OwnKeyRules>();
        services.TryAddSingleton<CreateKey>();
        services.TryAddSingleton<ShowKey>();
        services.TryAddSingleton<ListKeys>();
        services.TryAddSingleton<RotateKey>();
        services.TryAddSingleton<RevokeKey>();
        services.TryAddSingleton<UpdateKey>();
        services.TryAddSingleton<CreateOwnKey>();
        services.TryAddSingleton<OwnKeys>();
        services.TryAddSingleton<DeviceTokens>();
        services.TryAddSingleton<OwnRequests>();
        services.TryAddSingleton<ListOwnBudgets>();
        services.TryAddSingleton<RenameUser>();
        services.AddOpenApi(OpenApiDescription.Name, OpenApiDescription.Configure);
        services.ConfigureHttpJsonOptions(json => JsonFormat.Apply(json.SerializerOptions));
        return services
            .AddSingleton<IdempotencyStore>()
            .AddSingleton<ReportTurns>()
            .AddSingleton<ReportEndpoints>()
            .AddSingleton<OwnKeyEndpoints>()
            .AddSingleton<OwnDeviceEndpoints>()
            .AddSingleton<PersonUsage>()
            .AddSingleton<MeEndpoints>()
            .AddSingleton<KeyFacts>()
            .AddSingleton<AuthEndpoints>()
            .AddSingleton<OpenApiEndpoint>()
            .AddAdmin();
    }

    /// <summary>Writes errors of the API as problem details.</summary>
    public static IApplicationBuilder UseRestErrors(this IApplicationBuilder app) => app.UseMiddleware<RestErrors>();

    public static void MapRest(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapReports();
        endpoints.MapMe();
        endpoints.MapOwnKeys();
        endpoints.MapOwnDevices();
        endpoints.MapAdmin();
        endpoints
            .MapMethods("/api/key", RestRoutes.Reads, (HttpContext http, KeyFacts facts) => facts.ShowAsync(http))
            .RequireAuthorization(ConsolePolicies.AnyKey)
            .Describe("Show what the presented key is, what it may and what is left of it")
            .Answers<KeyFactsDocument>();
        endpoints
            .MapMethods("/api/openapi.json", RestRoutes.Reads, (HttpContext http, OpenApiEndpoint document) => document.ShowAsync(http))
            .AllowAnonymous()
            .WithMetadata(new NeedsNoCredential())
            .Describe("Read the OpenAPI document of this version")
            .Answers<object>();
    }
}
