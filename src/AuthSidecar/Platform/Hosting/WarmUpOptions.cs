using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Platform.Hosting;

/// <summary>Section <c>WarmUp</c>.</summary>
internal sealed class WarmUpOptions
{
    /// <summary>
    /// Longest time in seconds of the decisions that the process makes by itself before it is ready; they end earlier when hardly any code
    /// is left to compile. 0: only the fewest.
    /// </summary>
    [Range(0, 60)]
    public int MaxSeconds { get; set; } = 3;
}
