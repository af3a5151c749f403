namespace AuthSidecar.Platform.Telemetry;

/// <summary>Names of meters, for those who count and those who listen.</summary>
internal static class MeterNames
{
    public const string Sidecar = "AuthSidecar";
}
