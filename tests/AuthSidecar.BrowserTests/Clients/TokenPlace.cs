using AuthSidecar.BrowserTests.Servers;

namespace AuthSidecar.BrowserTests.Clients;

/// <summary>The position of a client's token. A page can use only the last two.</summary>
public enum TokenPlace
{
    Header,
    Subprotocol,
    Query,
}

/// <summary>Builds the client's call from a row.</summary>
internal static class Presenting
{
    private const string Entry = "authsidecar.bearer.";

    public static SocketCall Call(this Refusal row, SocketEdge edge, string path, TokenPlace place)
    {
        var words = edge.Words;
        var call = new SocketCall(edge.Socket(path + words.Resolve(row.Rest)))
        {
            Protocols = [.. row.Protocols.Select(words.Resolve)],
            Headers = row.Headers.ToDictionary(header => header.Key, header => words.Resolve(header.Value)),
        };
        return row.Token is { } token ? call.With(words.Resolve(token), place) : call;
    }

    public static SocketCall With(this SocketCall call, string token, TokenPlace place) =>
        place switch
        {
            TokenPlace.Header => call with
            {
                Headers = new Dictionary<string, string>(call.Headers) { ["authorization"] = $"Bearer {token}" },
            },
            TokenPlace.Subprotocol => call with { Protocols = [$"{Entry}{token}", .. call.Protocols] },
            _ => call with
            {
                Url =
                    $"{call.Url}{(call.Url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}access_token={Uri.EscapeDataString(token)}",
            },
        };
}
