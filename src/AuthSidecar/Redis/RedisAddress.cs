using System.Net;
using AuthSidecar.Configuration;
using StackExchange.Redis;

namespace AuthSidecar.Redis;

/// <summary>A connection string in the client's own words: <c>HOST:PORT[,HOST:PORT…][,password=…][,ssl=true]…</c>.</summary>
internal static class RedisAddress
{
    /// <summary>Waiting longer for Redis than a request may take helps nobody.</summary>
    private const int LongestWait = 1000;

    /// <summary>Null when it names no server or cannot be read.</summary>
    public static ConfigurationOptions? Parse(Secret text)
    {
        try
        {
            var options = ConfigurationOptions.Parse(text.Reveal());
            if (options.EndPoints.Count == 0 || options.EndPoints.Any(point => !IsHost(point)))
            {
                return null;
            }

            options.ClientName ??= "authsidecar";
            options.AbortOnConnectFail = false;
            options.AllowAdmin = false;
            options.ConnectTimeout = Math.Min(options.ConnectTimeout, LongestWait);
            options.SyncTimeout = Math.Min(options.SyncTimeout, LongestWait);
            options.ReconnectRetryPolicy = new LinearRetry(LongestWait);
            return options;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private static bool IsHost(EndPoint point) => point switch
    {
        DnsEndPoint name => Uri.CheckHostName(name.Host) != UriHostNameType.Unknown && name.Port is >= 0 and <= ushort.MaxValue,
        IPEndPoint => true,
        _ => false,
    };
}
