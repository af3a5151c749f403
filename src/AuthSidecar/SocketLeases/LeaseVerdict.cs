namespace AuthSidecar.SocketLeases;

internal enum LeaseVerdict
{
    /// <summary>Nobody counted, and that means no: the default value, which must never let anything through.</summary>
    Unavailable,

    /// <summary>The socket may open and is counted.</summary>
    Taken,

    /// <summary>Its subject has as many as it may.</summary>
    UserIsFull,

    /// <summary>This replica has as many as it may.</summary>
    ReplicaIsFull,
}
