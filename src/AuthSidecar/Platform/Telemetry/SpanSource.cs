using System.Diagnostics;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Where the sidecar's spans begin. Without a listener none does.</summary>
internal static class SpanSource
{
    public static readonly ActivitySource Sidecar = new("AuthSidecar");
}
