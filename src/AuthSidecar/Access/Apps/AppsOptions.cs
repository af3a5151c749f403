using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Access.Apps;

/// <summary>Section <c>Apps</c>.</summary>
internal sealed class AppsOptions
{
    /// <summary>Denies callers who are not members with 404 instead of 403.</summary>
    public bool HideForeign { get; set; }

    /// <summary>Permission service of the policies with <c>Acl: acl</c>.</summary>
    public string AclUri { get; set; } = "";

    /// <summary>Timeout of a call to it; after that 503.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan AclTimeout { get; set; } = TimeSpan.FromMilliseconds(150);
}
