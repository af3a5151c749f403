using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace KestrelGrpc.Server;

/// <summary>HTTP's limits on a request body are meant for one document; the size of a gRPC message has its own limit.</summary>
internal static class BodyLimits
{
    // Well under Kestrel's default for a whole body, 30,000,000 bytes.
    private const int SurelyAllowed = 16 * 1024 * 1024;

    public static void LiftForLargeMessages(HttpContext http, MethodSettings settings)
    {
        if (settings.MaxReceiveMessageSize is not <= SurelyAllowed)
        {
            LiftSize(http);
        }
    }

    /// <summary>A stream of requests may be of any length, pause for any time and last as long as it likes.</summary>
    public static void LiftForStreaming(HttpContext http)
    {
        LiftSize(http);
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        LiftRequestTimeout(http);
    }

    public static void LiftRequestTimeout(HttpContext http) => http.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();

    private static void LiftSize(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
    }
}
