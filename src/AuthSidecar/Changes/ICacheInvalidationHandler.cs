namespace AuthSidecar.Changes;

/// <summary>Remembers answers of the store, or what followed from them, and is told when they changed.</summary>
internal interface ICacheInvalidationHandler
{
    /// <summary>True for who asks others again because of a change: it is told after all who remember, and so cannot be given an answer from before.</summary>
    bool RunsAfterCaches => false;

    /// <summary>Returns when nothing from before the changes can be answered any more.</summary>
    void Invalidate(InvalidationSet invalidations);
}
