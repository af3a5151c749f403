using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Administration.Devices;

/// <summary>Consequence of a device and a browser in different networks (/24 of IPv4, /48 of IPv6).</summary>
internal enum SameNetwork
{
    /// <summary>The page of the approval warns.</summary>
    Warn,

    /// <summary>The approval is refused.</summary>
    Require,
    Off,
}

/// <summary>Section <c>Device</c>: tokens that devices get by a person's approval in a browser (RFC 8628).</summary>
internal sealed class DeviceOptions
{
    /// <summary>False: no device can start, and those that started get nothing.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Programs that may ask for tokens. Empty: none.</summary>
    public List<DeviceClientOptions> Clients { get; set; } = [];

    /// <summary>Networks (CIDR), such as <c>10.0.0.0/8</c>, whose devices may start. Empty: all.</summary>
    public List<string> Networks { get; set; } = [];

    /// <summary>Lifetime of a device's token.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromDays(14);

    /// <summary>Consequence of a device and a browser in different networks.</summary>
    public SameNetwork SameNetwork { get; set; }

    /// <summary>Null: no such client, or the device flow is off.</summary>
    public DeviceClientOptions? ClientOf(string id) => Enabled ? Clients.Find(client => client.Id == id) : null;
}

/// <summary>One entry of <c>Device:Clients</c>.</summary>
internal sealed class DeviceClientOptions
{
    /// <summary><c>client_id</c> of the program.</summary>
    public string Id { get; set; } = "";

    /// <summary>Name on the page of the approval. Empty: the id.</summary>
    public string Title { get; set; } = "";

    /// <summary>Scopes that tokens of accounts may have; never <c>manage</c>. Empty: <c>full</c>.</summary>
    public List<string> Scopes { get; set; } = [];
}
