namespace AuthSidecar.Platform.Invalidation;

/// <summary>A cache of store data or of results derived from it.</summary>
internal interface ICacheInvalidationHandler
{
    /// <summary>
    /// True for a handler that reads other caches in response: it runs after all caches, and so cannot read a stale entry.
    /// </summary>
    bool RunsAfterCaches => false;

    /// <summary>Returns once no answer from before the invalidations can be served.</summary>
    void Invalidate(InvalidationSet invalidations);
}
