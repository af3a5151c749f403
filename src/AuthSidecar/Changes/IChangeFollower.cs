namespace AuthSidecar.Changes;

/// <summary>Remembers answers of the store, and forgets them when told that they changed.</summary>
internal interface IChangeFollower
{
    /// <summary>Returns when nothing from before the changes can be answered any more.</summary>
    void Drop(ChangeSet changes);
}
