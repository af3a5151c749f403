namespace AuthSidecar.WebSockets.Leases;

internal enum LeaseVerdict
{
    /// <summary>Default. No verdict; always denies.</summary>
    Unavailable,

    /// <summary>The socket may open and is counted.</summary>
    Taken,

    /// <summary>The cap of its subject is reached.</summary>
    UserIsFull,

    /// <summary>The cap of this replica is reached.</summary>
    ReplicaIsFull,
}
