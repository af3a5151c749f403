namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// What a line of a log is about. While the log takes nothing, lines wait in memory; the larger the number, the sooner one is dropped.
/// </summary>
internal enum LineKind
{
    /// <summary>A request that was let through.</summary>
    Allow,

    /// <summary>A message of the process itself.</summary>
    Message,

    /// <summary>A refusal of a caller that is known.</summary>
    Refusal,

    /// <summary>A refusal without an identity: any client can cause as many as it likes.</summary>
    UnidentifiedRefusal,
}

internal static class LineKinds
{
    /// <summary>As metrics and notices have it.</summary>
    public static string ToWord(this LineKind kind) =>
        kind switch
        {
            LineKind.Allow => "allow",
            LineKind.Message => "message",
            LineKind.Refusal => "refusal",
            _ => "unidentified_refusal",
        };
}
