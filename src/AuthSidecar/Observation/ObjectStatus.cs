namespace AuthSidecar.Observation;

/// <summary>What providers say of an object that is still being made: its usage is then none, or not all of it.</summary>
internal static class ObjectStatus
{
    public static bool IsRunning(BoundedText status) => status.ToString() is
        "queued" or "pending" or "validating" or "running" or "in_progress" or "requires_action" or "finalizing" or "cancelling" or "canceling";
}
