namespace AuthSidecar.Demo;

/// <summary>What became of looking for Envoy.</summary>
/// <param name="Path">The binary, or null.</param>
/// <param name="Reason">Where it was found, or why there is none.</param>
internal sealed record EnvoySearch(string? Path, string Reason)
{
    /// <summary>True when somebody named an Envoy that is not there: that is to be put right, not to be worked around.</summary>
    public bool IsMistake { get; init; }
}
