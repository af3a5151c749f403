using System.Net.WebSockets;
using AuthSidecar.BrowserTests.Clients;
using AuthSidecar.BrowserTests.Servers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.TestSupport;

namespace AuthSidecar.BrowserTests;

/// <summary>
/// Every refusal as observed by one kind of client, with Envoy's access log entry and the check that the application was not called.
/// </summary>
[Collection(SocketGroup.Name)]
public abstract class RefusalTests(SocketServers servers)
{
    // Envoy's status of an open WebSocket, also over HTTP/2, where the client received 200.
    private const int SwitchingProtocols = 101;

    private protected SocketServers Servers => servers;

    /// <summary>Opens a WebSocket for each row and token position, and reports all deviations from the table.</summary>
    private protected async Task JudgeAsync(
        SocketClient client,
        EnvoyRelease release,
        string mode,
        IEnumerable<Refusal> rows,
        IReadOnlyList<TokenPosition> positions,
        bool isEncrypted = false
    )
    {
        var groups = new List<Task<IReadOnlyList<string>>>();
        var held = new List<ClientWebSocket>();
        foreach (var group in rows.GroupBy(row => row.Settings))
        {
            var edge = await servers.EdgeAsync(release, group.Key, isEncrypted);
            var plain = await servers.EdgeAsync(release, group.Key);
            await WearOutAsync(group, mode, plain);
            held.AddRange(
                await Task.WhenAll(group.Where(row => row.BesideAnother).Select(row => DotNetClient.HoldAsync(Other(row, mode, plain))))
            );
            groups.Add(
                JudgeAsync(
                    client,
                    edge,
                    [
                        .. group.SelectMany(row =>
                            (row.Token is null ? positions.Take(1) : positions).Select(position => Attempt(row, mode, position, edge))
                        ),
                    ]
                )
            );
        }

        var wrong = (await Task.WhenAll(groups)).SelectMany(found => found).ToList();
        held.ForEach(socket => socket.Dispose());
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private async Task<IReadOnlyList<string>> JudgeAsync(
        SocketClient client,
        SocketEdge edge,
        IReadOnlyList<Attempt> attempts,
        bool mayTryAgain = true
    )
    {
        var wrong = new List<string>();
        var again = new List<Attempt>();
        var seen = await client.OpenAsync(edge, [.. attempts.Select(attempt => attempt.Call)]);
        foreach (var (attempt, socket) in attempts.Zip(seen))
        {
            var (expected, actual) = (Expected(attempt, client, edge.IsEncrypted), await ActualAsync(attempt, socket, edge));
            if (expected != actual && mayTryAgain && attempt.Row.Reason == Denials.TooManyFailures.Reason)
            {
                // A failure counts for a minute, which may have ended in between. This failure began a new one.
                again.Add(Attempt(attempt.Row, attempt.Mode, attempt.Position, edge));
            }
            else if (expected != actual)
            {
                wrong.Add($"{attempt.Row.Name}, {attempt.Position}:\n  expected {expected}\n  but was  {actual}");
            }
        }

        return again.Count == 0 ? wrong : [.. wrong, .. await JudgeAsync(client, edge, again, mayTryAgain: false)];
    }

    private Attempt Attempt(Refusal row, string mode, TokenPosition position, SocketEdge edge)
    {
        var path = servers.NewPath(row.Policy, mode);
        return new(row, mode, position, path, row.Call(edge, path, position));
    }

    private async Task WearOutAsync(IEnumerable<Refusal> rows, string mode, SocketEdge edge)
    {
        foreach (var row in rows.SelectMany(row => Enumerable.Repeat(row, row.Before)))
        {
            await DotNetClient.OpenAsync(Other(row, mode, edge) with { First = "hello", Wanted = 1 });
        }
    }

    private SocketCall Other(Refusal row, string mode, SocketEdge edge) =>
        row.Call(edge, servers.NewPath(row.Policy, mode), TokenPosition.Header);

    private static Outcome Expected(Attempt attempt, SocketClient client, bool isEncrypted)
    {
        var row = attempt.Row;
        var opens = attempt.IsClosed && !(row.IsUnansweredOffer && client.WantsAnAnswer);
        return new()
        {
            Opened = opens,
            Subprotocol = opens && !row.IsUnansweredOffer ? "chat" : "",
            Code = opens ? row.Code : SeenSocket.Abnormal,
            Reason = opens ? row.Reason : "",
            Answer =
                !attempt.IsClosed && client.ReadsStatus
                    ? $"{row.Status} {row.Reason} {row.Code} {row.Reason} {(row.Status == 401 ? "Bearer" : "")} "
                        + $"{(row.Status is 429 or 503 ? "retry" : "")} the decision's id"
                    : "",
            LoggedReason = row.Reason,
            LoggedStatus = attempt.IsClosed ? SwitchingProtocols : row.Status,
            HttpVersion = isEncrypted ? "HTTP/2" : "HTTP/1.1",
        };
    }

    private async Task<Outcome> ActualAsync(Attempt attempt, SeenSocket seen, SocketEdge edge)
    {
        var log = await edge.LogAsync(attempt.Path + attempt.Row.Rest.Split('?')[0]);
        string? Header(string name) => seen.Headers.GetValueOrDefault(name);
        var id = Header("x-authsidecar-decision-id") == (string?)log["decision_id"] ? "the decision's id" : "another id";
        var retry = int.TryParse(Header("retry-after"), out var seconds) && seconds > 0 ? "retry" : "";
        return new()
        {
            Opened = seen.Opened,
            Subprotocol = seen.Protocol,
            Code = seen.Code,
            Reason = seen.Reason,
            Answer = seen.Status is { } status
                ? $"{status} {Header("x-authsidecar-reason")} {Header("x-ws-close-code")} {Header("x-ws-close-reason")} "
                    + $"{Header("www-authenticate")} {retry} {id}"
                : "",
            Messages = seen.Messages.Count,
            LoggedReason = (string?)log["reason"] ?? "",
            LoggedStatus = (int)log["status"]!,
            HttpVersion = (string)log["protocol"]!,
            CallsOfTheApplication = servers.Upstream.Requests.Count(request =>
                $"{request.Path}/".StartsWith($"{attempt.Path}/", StringComparison.Ordinal)
            ),
        };
    }
}
