namespace AuthSidecar.Demo.Proxy;

/// <summary>The result of a search for Envoy.</summary>
/// <param name="Path">The binary; null: none was found.</param>
/// <param name="Reason">Where it was found, or why not.</param>
internal sealed record EnvoySearch(string? Path, string Reason)
{
    /// <summary>True when the user named an Envoy that cannot be run, which is an error and not a reason to continue without one.</summary>
    public bool IsMistake { get; init; }
}
