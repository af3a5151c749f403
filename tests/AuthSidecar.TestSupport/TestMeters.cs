using System.Diagnostics.Metrics;

namespace AuthSidecar.TestSupport;

/// <summary>The meters of one simulated process.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly Dictionary<string, Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        return _meters.TryGetValue(options.Name, out var meter) ? meter : _meters[options.Name] = new(options);
    }

    public void Dispose() => _meters.Values.ToList().ForEach(meter => meter.Dispose());
}
