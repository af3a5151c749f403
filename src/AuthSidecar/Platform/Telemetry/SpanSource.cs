using System.Diagnostics;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Source of the sidecar's spans; without a listener no span starts.</summary>
internal static class SpanSource
{
    public static readonly ActivitySource Sidecar = new("AuthSidecar");
}
