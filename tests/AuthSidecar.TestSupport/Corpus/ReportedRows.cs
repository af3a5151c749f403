using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Reporting;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>The usage rows reported by decisions, before the store receives them.</summary>
internal sealed class ReportedRows
{
    private const int Most = 1024;
    private readonly UsageQueue _queue = new(Most);

    public void Use(IServiceCollection services) =>
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<DecisionUsageReporter>(provider, _queue));

    /// <summary>The report of a decision, with a check that no decision is reported twice; null: none.</summary>
    public UsageRow? Take(string decisionId)
    {
        var reports = new List<UsageReport>();
        _queue.TakeInto(reports, Most);
        Assert.Distinct(reports.Select(report => report.DecisionId));
        return reports.Where(report => report.DecisionId == decisionId).Select(report => UsageMerge.Add(null, report)).SingleOrDefault();
    }
}
