using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Platform.Hosting;

/// <summary>Section <c>Shutdown</c>.</summary>
internal sealed class ShutdownOptions
{
    /// <summary>Seconds from SIGTERM until the listeners close; meanwhile health is NOT_SERVING and Check is answered.</summary>
    [Range(0, 3600)]
    public int DrainSeconds { get; set; } = 15;
}
