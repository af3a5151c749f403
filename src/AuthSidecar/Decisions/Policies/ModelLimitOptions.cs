using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Decisions.Policies;

/// <summary>Limits of one caller for the models of a glob, which count beside all other limits.</summary>
internal sealed class ModelLimitOptions
{
    /// <summary>Requests of one caller for models of this glob, allowed in any window beside the other limits; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int Permits { get; set; }

    /// <summary>Length of the window.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Tokens that a provider may count for one caller and models of this glob in any <see cref="TokenWindow"/>; 0: no limit.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int Tokens { get; set; }

    /// <summary>Length of that window.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan TokenWindow { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Requests of one caller for models of this glob that may run at a time; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int Parallel { get; set; }
}
