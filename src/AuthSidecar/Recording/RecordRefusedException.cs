namespace AuthSidecar.Recording;

/// <summary>The store will never take this record.</summary>
internal sealed class RecordRefusedException(Exception inner) : Exception("The store refuses the record.", inner);
