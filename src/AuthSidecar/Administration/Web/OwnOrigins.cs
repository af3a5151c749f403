using System.Globalization;
using System.Net;

namespace AuthSidecar.Administration.Web;

/// <summary>Addresses of this console for browsers: <c>Console:PublicUrl</c>, loopback names, and the listener's own IP.</summary>
internal sealed class OwnOrigins(ConsoleOptions options)
{
    private readonly Uri? _public = options.PublicUrl.Length > 0 ? new(options.PublicUrl) : null;

    /// <summary>Address of this console for links, without a path.</summary>
    /// <returns>Null: there is no public address, and the request names another host.</returns>
    public string? AddressFor(HttpContext http) =>
        _public is not null ? _public.GetLeftPart(UriPartial.Authority)
        : IsOwnHost(http) ? $"{http.Request.Scheme}://{WithoutDefaultPort(http.Request)}"
        : null;

    /// <summary>True if the <c>Host</c> header names this console. Protects against DNS rebinding.</summary>
    public bool IsOwnHost(HttpContext http)
    {
        var host = http.Request.Host;
        if (!host.HasValue)
        {
            return false;
        }

        if (
            _public is not null
            && host.Host.Equals(_public.IdnHost, StringComparison.OrdinalIgnoreCase)
            && (host.Port ?? DefaultPort(_public.Scheme)) == _public.Port
        )
        {
            return true;
        }

        var connection = http.Connection;
        return (host.Port ?? DefaultPort(http.Request.Scheme)) == connection.LocalPort
            && (IsLoopback(host.Host) || IsAddress(host.Host, connection.LocalIpAddress));
    }

    /// <summary>
    /// True unless a browser says that the request comes from a page of another site. Programs send neither header.
    /// </summary>
    public bool IsOwn(HttpContext http)
    {
        var site = http.Request.Headers["Sec-Fetch-Site"].ToString();
        if (site is not ("" or "same-origin" or "none"))
        {
            return false;
        }

        var origin = http.Request.Headers.Origin.ToString();

        // A page with the referrer policy "no-referrer" has the origin "null".
        return origin.Length == 0 || (origin == "null" && site == "same-origin") || IsOwnOrigin(origin, http);
    }

    /// <summary>True if a browser says that the request comes from a page of this console.</summary>
    public bool IsOwnPage(HttpContext http) =>
        IsOwn(http) && (http.Request.Headers.Origin.Count > 0 || http.Request.Headers["Sec-Fetch-Site"] == "same-origin");

    private bool IsOwnOrigin(string origin, HttpContext http) =>
        (_public is not null && origin == _public.GetLeftPart(UriPartial.Authority))
        || (
            Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && origin == uri.GetLeftPart(UriPartial.Authority)
            && origin.Equals($"{http.Request.Scheme}://{WithoutDefaultPort(http.Request)}", StringComparison.OrdinalIgnoreCase)
            && IsOwnHost(http)
        );

    private static string WithoutDefaultPort(HttpRequest request) =>
        request.Host.Port == DefaultPort(request.Scheme) ? request.Host.Host : request.Host.Value ?? "";

    private static int DefaultPort(string scheme) => scheme == "https" ? 443 : 80;

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip) && IsPlain(host, ip));

    private static bool IsAddress(string host, IPAddress? local) =>
        local is not null
        && IPAddress.TryParse(host, out var ip)
        && IsPlain(host, ip)
        && ip.Equals(local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local);

    // Not 127.1 or 0x7f000001.
    private static bool IsPlain(string host, IPAddress ip) =>
        string.Create(CultureInfo.InvariantCulture, $"{ip}") is var plain && (host == plain || host == $"[{plain}]");
}
