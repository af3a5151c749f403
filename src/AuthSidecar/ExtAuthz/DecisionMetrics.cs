using System.Diagnostics.Metrics;
using AuthSidecar.Pipeline;
using AuthSidecar.Telemetry;

namespace AuthSidecar.ExtAuthz;

/// <summary>Counts what decisions came to. Labels are names of the configuration and reasons of the catalogue, so there are few of them.</summary>
internal sealed class DecisionMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _shadowed = meters.Create(MeterNames.Sidecar)
        .CreateCounter<long>("authsidecar_shadow_refusals_total", null, "Refusals that a policy only tries out: the request passed in spite of them.");

    public void Count(CheckContext context)
    {
        foreach (var refusal in context.Shadowed)
        {
            _shadowed.Add(1, new("reason", refusal.Reason), new("policy", context.Policy.Name));
        }
    }
}
