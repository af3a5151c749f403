namespace AuthSidecar.Usage.Recording;

/// <summary>The store rejects the record for its content; a retry would fail again.</summary>
internal sealed class RecordRefusedException(Exception inner) : Exception("The store rejected the record.", inner);
