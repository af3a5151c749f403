using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Access.Apps;

/// <summary>Section <c>Apps</c>.</summary>
internal sealed class AppsOptions
{
    /// <summary>Answers 404 instead of 403 to those who are not members.</summary>
    public bool HideForeign { get; set; }

    /// <summary>The permission service that policies with <c>Acl: acl</c> ask.</summary>
    public string AclUri { get; set; } = "";

    /// <summary>How long it may take; then 503.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan AclTimeout { get; set; } = TimeSpan.FromMilliseconds(150);
}
