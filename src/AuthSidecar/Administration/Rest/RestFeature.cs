namespace AuthSidecar.Administration.Rest;

/// <summary>The REST API.</summary>
internal static class RestFeature
{
    public static IServiceCollection AddRest(this IServiceCollection services) =>
        services.AddSingleton<IdempotencyStore>().AddSingleton<ReportEndpoints>();

    /// <summary>Writes errors of the API as problem details.</summary>
    public static IApplicationBuilder UseRestErrors(this IApplicationBuilder app) => app.UseMiddleware<RestErrors>();

    public static void MapRest(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapReports();
    }
}
