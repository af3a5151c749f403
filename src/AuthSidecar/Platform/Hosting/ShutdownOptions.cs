using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Platform.Hosting;

/// <summary>Section <c>Shutdown</c>.</summary>
internal sealed class ShutdownOptions
{
    /// <summary>Seconds from SIGTERM, with health NOT_SERVING and Check still answered, until the listeners close.</summary>
    [Range(0, 3600)]
    public int DrainSeconds { get; set; } = 15;
}
