using AuthSidecar.BrowserTests.Clients;
using AuthSidecar.BrowserTests.Servers;

namespace AuthSidecar.BrowserTests;

/// <summary>A row with its token position and a unique path.</summary>
internal sealed record Attempt(Refusal Row, string Mode, TokenPosition Position, string Path, SocketCall Call)
{
    /// <summary>True: opened and closed with a code; false: refused by status.</summary>
    public bool IsClosed => Mode == SocketPolicies.Close && !Row.IsBeforePolicy;
}

/// <summary>The outcome as observed by the client, Envoy and the application. Equal outcomes have equal texts.</summary>
internal sealed record Outcome
{
    public required bool Opened { get; init; }

    public required string Subprotocol { get; init; }

    public required int Code { get; init; }

    public required string Reason { get; init; }

    /// <summary>Of a response by status, for clients that can read it.</summary>
    public string Answer { get; init; } = "";

    public int Messages { get; init; }

    public required string LoggedReason { get; init; }

    public required int LoggedStatus { get; init; }

    public required string HttpVersion { get; init; }

    public int CallsOfTheApplication { get; init; }
}
