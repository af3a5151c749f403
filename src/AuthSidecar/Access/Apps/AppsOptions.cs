using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Access.Apps;

/// <summary>Section <c>Apps</c>.</summary>
internal sealed class AppsOptions
{
    /// <summary>Denies callers who are not members with 404 instead of 403.</summary>
    public bool HideForeign { get; set; }

    /// <summary>URL of the permission service that policies with <c>Acl: acl</c> use.</summary>
    public string AclUri { get; set; } = "";

    /// <summary>Timeout of the permission service, after which the request is denied with 503.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan AclTimeout { get; set; } = TimeSpan.FromMilliseconds(150);
}
