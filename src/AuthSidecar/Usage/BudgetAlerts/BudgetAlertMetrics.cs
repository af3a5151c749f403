using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Usage.BudgetAlerts;

/// <summary>Counters of reached budgets and of their webhooks.</summary>
internal sealed class BudgetAlertMetrics
{
    private readonly Counter<long> _alerts;
    private readonly Counter<long> _messages;

    public BudgetAlertMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterNames.Sidecar);
        _alerts = meter.CreateCounter<long>("authsidecar_budget_alerts_total", null, "Budgets whose warning or limit was reached.");
        _messages = meter.CreateCounter<long>("authsidecar_budget_webhooks_total", null, "Attempts to deliver messages about budgets.");
    }

    public void Count(BudgetEvent kind) => _alerts.Add(1, new KeyValuePair<string, object?>("event", kind.ToString().ToLowerInvariant()));

    /// <param name="result"><c>delivered</c>, <c>failed</c> or <c>given_up</c>.</param>
    public void CountMessage(string result) => _messages.Add(1, new KeyValuePair<string, object?>("result", result));
}
