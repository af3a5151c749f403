using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Administration.Devices;

/// <summary>Event of a grant, for the metric.</summary>
internal enum GrantEvent
{
    Started,
    Approved,
    Denied,
    Collected,

    /// <summary>A person typed a code that is unknown or has expired.</summary>
    UnknownCode,
}

/// <summary>Counts grants by event: many denials or unknown codes are a sign of phishing or of guesses.</summary>
internal sealed class GrantMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _events = meters
        .Create(MeterNames.Sidecar)
        .CreateCounter<long>("authsidecar_device_grants_total", null, "Requests of devices for a token, by event.");

    public void Count(GrantEvent counted) => _events.Add(1, new KeyValuePair<string, object?>("event", NameOf(counted)));

    private static string NameOf(GrantEvent counted) =>
        counted switch
        {
            GrantEvent.UnknownCode => "unknown_code",
            _ => counted.ToString().ToLowerInvariant(),
        };
}
