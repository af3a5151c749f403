namespace AuthSidecar.Decisions.Pipeline;

/// <summary>Gives back what a step acquired for a request that does not pass in the end.</summary>
internal interface IResourceReleaser
{
    /// <summary>Does nothing where nothing was acquired. Never throws, and is not awaited.</summary>
    void Release(CheckContext context);
}
