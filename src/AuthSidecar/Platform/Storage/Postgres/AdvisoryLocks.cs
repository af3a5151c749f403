namespace AuthSidecar.Platform.Storage.Postgres;

/// <summary>Numbers of our advisory locks in a database: "asdc" and a count.</summary>
internal static class AdvisoryLocks
{
    public const long Migration = 0x61736463_00000001;

    /// <summary>Held from the insert of changes until the end of the transaction.</summary>
    public const long Changes = 0x61736463_00000002;
}
