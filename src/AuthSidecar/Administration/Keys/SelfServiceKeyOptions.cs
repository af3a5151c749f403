using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Administration.Keys;

/// <summary>Section <c>Console:Keys</c>.</summary>
internal sealed class SelfServiceKeyOptions
{
    /// <summary>Scopes that people may give their keys. Empty: those that <c>Policies</c> name, without <c>full</c>.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>Lifetime of a key whose maker names none.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan DefaultLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Longest lifetime that people may give their keys.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Valid keys of one person at a time.</summary>
    [Range(1, 100_000)]
    public int MaxPerUser { get; set; } = 50;
}
