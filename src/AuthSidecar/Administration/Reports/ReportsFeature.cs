namespace AuthSidecar.Administration.Reports;

/// <summary>Reports from the store: usage, and explanations of decisions.</summary>
internal static class ReportsFeature
{
    public static IServiceCollection AddReports(this IServiceCollection services) =>
        services.AddSingleton<SumUsage>().AddSingleton<FindUsage>().AddSingleton<AdminReader>().AddSingleton<UsageEndpoints>();

    public static void MapReports(this IEndpointRouteBuilder endpoints)
    {
        var usage = endpoints.MapGroup("/api/usage").AllowAnonymous().AddEndpointFilter<AdminKeyFilter>();
        usage.MapGet("", (HttpContext http, UsageEndpoints reports) => reports.SumsAsync(http));
        usage.MapGet("/rows", (HttpContext http, UsageEndpoints reports) => reports.RowsAsync(http));
    }
}
