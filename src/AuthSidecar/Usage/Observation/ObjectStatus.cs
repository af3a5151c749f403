namespace AuthSidecar.Usage.Observation;

/// <summary>Provider statuses of an unfinished object, whose usage is missing or incomplete.</summary>
internal static class ObjectStatus
{
    public static bool IsRunning(BoundedText status) =>
        status.ToString()
            is "queued"
                or "pending"
                or "validating"
                or "running"
                or "in_progress"
                or "requires_action"
                or "finalizing"
                or "cancelling"
                or "canceling";
}
