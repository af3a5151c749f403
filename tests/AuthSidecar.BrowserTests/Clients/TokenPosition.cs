using AuthSidecar.BrowserTests.Servers;

namespace AuthSidecar.BrowserTests.Clients;

/// <summary>The position of a client's token. A page can use only the last two.</summary>
public enum TokenPosition
{
    Header,
    Subprotocol,
    Query,
}

/// <summary>Builds the client's call from a row.</summary>
internal static class Presenting
{
    private const string Entry = "authsidecar.bearer.";

    public static SocketCall Call(this Refusal row, SocketEdge edge, string path, TokenPosition position)
    {
        var vocabulary = edge.Vocabulary;
        var call = new SocketCall(edge.Socket(path + vocabulary.Resolve(row.Rest)))
        {
            Protocols = [.. row.Protocols.Select(vocabulary.Resolve)],
            Headers = row.Headers.ToDictionary(header => header.Key, header => vocabulary.Resolve(header.Value)),
        };
        return row.Token is { } token ? call.With(vocabulary.Resolve(token), position) : call;
    }

    public static SocketCall With(this SocketCall call, string token, TokenPosition position) =>
        position switch
        {
            TokenPosition.Header => call with
            {
                Headers = new Dictionary<string, string>(call.Headers) { ["authorization"] = $"Bearer {token}" },
            },
            TokenPosition.Subprotocol => call with { Protocols = [$"{Entry}{token}", .. call.Protocols] },
            _ => call with
            {
                Url =
                    $"{call.Url}{(call.Url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}access_token={Uri.EscapeDataString(token)}",
            },
        };
}
