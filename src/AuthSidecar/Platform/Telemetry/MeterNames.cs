namespace AuthSidecar.Platform.Telemetry;

/// <summary>Names of the meters.</summary>
internal static class MeterNames
{
    public const string Sidecar = "AuthSidecar";
}
