using AuthSidecar.BrowserTests.Clients;
using AuthSidecar.BrowserTests.Servers;

namespace AuthSidecar.BrowserTests;

/// <summary>A row with the place where its token is shown, and the path that is only its own.</summary>
internal sealed record Attempt(Refusal Row, string Mode, TokenPlace Place, string Path, SocketCall Call)
{
    /// <summary>Whether the socket is opened and closed with a code; else it is refused by status.</summary>
    public bool IsClosed => Mode == SocketPolicies.Close && !Row.IsBeforePolicy;
}

/// <summary>
/// What became of it, by the client's account, Envoy's and the application's. The texts of two of them are equal when they are.
/// </summary>
internal sealed record Outcome
{
    public required bool Opened { get; init; }

    public required string Subprotocol { get; init; }

    public required int Code { get; init; }

    public required string Reason { get; init; }

    /// <summary>Of an answer by status, for those who can read it.</summary>
    public string Answer { get; init; } = "";

    public int Messages { get; init; }

    public required string LoggedReason { get; init; }

    public required int LoggedStatus { get; init; }

    public required string HttpVersion { get; init; }

    public int CallsOfTheApplication { get; init; }
}
