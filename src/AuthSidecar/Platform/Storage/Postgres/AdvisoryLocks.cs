namespace AuthSidecar.Platform.Storage.Postgres;

/// <summary>Numbers of the locks that are ours in a database; "asdc" and a count.</summary>
internal static class AdvisoryLocks
{
    public const long Migration = 0x61736463_00000001;

    /// <summary>Held from the insert of changes to the end of its transaction.</summary>
    public const long Changes = 0x61736463_00000002;
}
