using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Decisions.Text;
using AuthSidecar.WebSockets.Closer;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// The client's opening handshake (RFC 6455 4.2), already validated. No extension is accepted, so payloads need no decompression.
/// </summary>
internal static class Handshake
{
    /// <summary>
    /// The first offered subprotocol, because the upstream's choice comes too late. An entry with a token is never echoed.
    /// </summary>
    public static string? ChooseSubprotocol(IList<string> offered) =>
        offered.FirstOrDefault(entry => HeaderText.IsToken(entry) && !ProtocolToken.Is(entry));

    public static async Task<Stream> AcceptAsync(HttpContext http, string? subprotocol)
    {
        http.Features.Get<ConnectionDeadline>()?.Lift();
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            // A client may read slowly, or not at all for a long time.
            rate.MinDataRate = null;
        }

        var headers = http.Response.Headers;
        headers.Upgrade = "websocket";
        headers.Connection = "Upgrade";
        headers.SecWebSocketAccept = AcceptOf(http.Request.Headers.SecWebSocketKey.ToString());
        if (subprotocol is not null)
        {
            headers.SecWebSocketProtocol = subprotocol;
        }

        return await http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    /// <summary>The value of <c>Sec-WebSocket-Accept</c> (RFC 6455 4.2.2).</summary>
    public static string AcceptOf(string key)
    {
        const string Suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
#pragma warning disable CA5350 // RFC 6455 1.3 asks for SHA-1; nothing is kept secret by it.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Suffix)));
#pragma warning restore CA5350
    }
}
