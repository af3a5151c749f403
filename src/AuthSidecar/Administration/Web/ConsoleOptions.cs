using System.ComponentModel.DataAnnotations;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Administration.Web;

/// <summary>Section <c>Console</c>: pages and REST API for people.</summary>
internal sealed class ConsoleOptions
{
    /// <summary>
    /// Address at which browsers reach the console, such as <c>https://keys.example.com</c>, without a path. Empty: only the listener's
    /// own address.
    /// </summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>
    /// Address at which programs reach the gateway, such as <c>https://llm.example.com</c>, without a path, for the lines that pages show.
    /// Empty: a placeholder.
    /// </summary>
    public string GatewayUrl { get; set; } = "";

    /// <summary>A session ends after this time without a request.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan SessionIdle { get; set; } = TimeSpan.FromHours(8);

    /// <summary>A session ends this long after its login.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Sessions of one person at a time; a further login ends the oldest.</summary>
    [Range(1, 1000)]
    public int MaxSessions { get; set; } = 10;

    /// <summary>
    /// Origins whose pages may call the REST API with a key, such as <c>https://app.example.com</c>, compared exactly. Empty: none.
    /// </summary>
    public List<string> CorsOrigins { get; set; } = [];

    /// <summary>
    /// Addresses or networks (CIDR) of proxies before the console, whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> count.
    /// </summary>
    public List<string> TrustedProxies { get; set; } = [];

    /// <summary>First admin, created at start if no user has the name.</summary>
    public BootstrapOptions Bootstrap { get; set; } = new();

    /// <summary>Keys that people make for themselves.</summary>
    public SelfServiceKeyOptions Keys { get; set; } = new();
}

/// <summary>Section <c>Console:Bootstrap</c>: both or neither.</summary>
internal sealed class BootstrapOptions
{
    /// <summary>Name of the user.</summary>
    public string Name { get; set; } = "";

    /// <summary>The password, of at least 15 characters, that is hard to guess.</summary>
    public Secret? Password { get; set; }
}
