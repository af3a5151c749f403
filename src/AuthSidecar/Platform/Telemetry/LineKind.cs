namespace AuthSidecar.Platform.Telemetry;

/// <summary>Kind of a log line. While the log is blocked, lines wait in memory; kinds with larger numbers are dropped first.</summary>
internal enum LineKind
{
    /// <summary>An allowed request.</summary>
    Allow,

    /// <summary>A message of the process itself.</summary>
    Message,

    /// <summary>A denial of a known caller.</summary>
    Refusal,

    /// <summary>A denial without an identity; any client can generate them.</summary>
    UnidentifiedRefusal,
}

internal static class LineKinds
{
    /// <summary>Label of metrics and notices.</summary>
    public static string ToLabel(this LineKind kind) =>
        kind switch
        {
            LineKind.Allow => "allow",
            LineKind.Message => "message",
            LineKind.Refusal => "refusal",
            _ => "unidentified_refusal",
        };
}
