using System.Globalization;
using System.Net;
using AuthSidecar.Decisions.Text;
using StackExchange.Redis;

namespace AuthSidecar.Platform.Redis;

/// <summary>
/// A connection string in the syntax of the client, <c>HOST:PORT[,HOST:PORT…][,user=…][,password=…][,ssl=true][,serviceName=…]…</c>, or a
/// URL <c>redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]</c>.
/// </summary>
internal static class RedisAddress
{
    /// <summary>Milliseconds; no wait for Redis outlasts a request.</summary>
    private const int LongestWait = 1000;

    /// <summary>Milliseconds that the client keeps a call to a hanging Redis; callers have shorter timeouts.</summary>
    private const int LongestAnswer = 5000;

    private const int DefaultPort = 6379;

    /// <summary>Null if malformed or without a server.</summary>
    public static ConfigurationOptions? Parse(Secret text)
    {
        try
        {
            var options = text.Reveal().Contains("://", StringComparison.Ordinal) ? FromUrl(new(text.Reveal())) : FromText(text.Reveal());
            if (options is null || options.EndPoints.Count == 0 || options.EndPoints.Any(point => !IsHost(point)))
            {
                return null;
            }

            options.ClientName ??= "authsidecar";
            options.AbortOnConnectFail = false;
            options.AllowAdmin = false;
            options.BacklogPolicy = BacklogPolicy.FailFast;
            options.ConnectRetry = 1;
            options.ConnectTimeout = Math.Min(options.ConnectTimeout, LongestWait);
            options.IncludeDetailInExceptions = false;
            options.SyncTimeout = Math.Min(options.SyncTimeout, LongestWait);
            options.AsyncTimeout = LongestAnswer;
            options.ReconnectRetryPolicy = new LinearRetry(LongestWait);
            return options;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }

    // The client silently drops addresses that it cannot parse.
    private static ConfigurationOptions? FromText(string text)
    {
        var options = ConfigurationOptions.Parse(text);
        var addresses = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(entry => !entry.Contains('=', StringComparison.Ordinal));
        return addresses.Distinct(StringComparer.OrdinalIgnoreCase).Count() == options.EndPoints.Count ? options : null;
    }

    private static ConfigurationOptions? FromUrl(Uri url)
    {
        var (login, database) = (url.UserInfo.Split(':', 2), url.AbsolutePath.TrimStart('/'));
        var number = 0;
        if (
            url.Scheme is not ("redis" or "rediss")
            || url.Query.Length > 0
            || url.Fragment.Length > 0
            || (url.UserInfo.Length > 0 && login.Length < 2)
            || (database.Length > 0 && !int.TryParse(database, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        )
        {
            return null;
        }

        return new()
        {
            EndPoints = { { url.IdnHost, url.IsDefaultPort ? DefaultPort : url.Port } },
            Ssl = url.Scheme == "rediss",
            User = Uri.UnescapeDataString(login[0]) is { Length: > 0 } user ? user : null,
            Password = login.Length == 2 ? Uri.UnescapeDataString(login[1]) : null,
            DefaultDatabase = number,
        };
    }

    private static bool IsHost(EndPoint point) =>
        point switch
        {
            DnsEndPoint name => Uri.CheckHostName(name.Host) != UriHostNameType.Unknown && name.Port is >= 0 and <= ushort.MaxValue,
            IPEndPoint => true,
            _ => false,
        };
}
