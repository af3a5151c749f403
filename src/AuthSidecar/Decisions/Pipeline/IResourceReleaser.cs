namespace AuthSidecar.Decisions.Pipeline;

/// <summary>Releases what a step acquired for a request that is denied afterwards.</summary>
internal interface IResourceReleaser
{
    /// <summary>Does nothing if nothing was acquired. Must not throw or block.</summary>
    void Release(CheckContext context);
}
