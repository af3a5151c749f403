using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Credentials;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AuthSidecar.Relay;

/// <summary>The client's opening handshake (RFC 6455 4.2), whose form has been looked at. No extension is accepted, so what passes on needs no unpacking.</summary>
internal static class Handshake
{
    private static readonly SearchValues<char> _tokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>The subprotocol that the client is told: the first that it offers, because the upstream's choice comes too late. One with a token is never repeated.</summary>
    public static string? ChooseSubprotocol(IList<string> offered) =>
        offered.FirstOrDefault(entry => entry.Length > 0 && !entry.AsSpan().ContainsAnyExcept(_tokenCharacters) && !ProtocolToken.Is(entry));

    public static async Task<Stream> AcceptAsync(HttpContext http, string? subprotocol)
    {
        http.Features.Get<HandshakeLimit>()?.Lift();
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            // A client may read slowly, or nothing for long.
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

    /// <summary>What proves that a server has understood the handshake.</summary>
    public static string AcceptOf(string key)
    {
        const string Suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
#pragma warning disable CA5350 // RFC 6455 1.3 asks for SHA-1; nothing is kept secret by it.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Suffix)));
#pragma warning restore CA5350
    }
}
