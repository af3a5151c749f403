namespace AuthSidecar.Administration.Reports;

/// <summary>Reports from the store: usage, and explanations of decisions.</summary>
internal static class ReportsFeature
{
    public static IServiceCollection AddReports(this IServiceCollection services) =>
        services
            .AddSingleton<SumUsage>()
            .AddSingleton<FindUsage>()
            .AddSingleton<PruneUsage>()
            .AddSingleton<OverviewWarnings>()
            .AddSingleton<Overview>()
            .AddSingleton<AdminReader>()
            .AddSingleton<OwnUsage>();
}
