using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.WebSockets;

/// <summary>
/// A token in a URL or a subprotocol, where browsers have to put it, is never written to a file, for any outcome of the WebSocket.
/// </summary>
public sealed class HygieneTests(WiringServers servers) : IClassFixture<WiringServers>
{
    private const string PrivateQuery = "a-room-of-ones-own";

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task UpgradeToken_IsNeverWritten(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release);
        var decisions = new List<string>();
        foreach (
            var (target, token, isAllowed) in from target in (string[])["/live", "/ws"]
            from one in new[]
            {
                (servers.Good, true),
                (servers.Expired, false),
                (servers.Revoked, false),
                (servers.Narrow, false),
                (servers.Good + "x", false),
            }
            select (target, one.Item1, one.Item2)
        )
        {
            foreach (
                var (query, headers) in new[]
                {
                    ($"?room={PrivateQuery}&access_token={token}", (string[])[]),
                    ($"?room={PrivateQuery}", [$"Sec-WebSocket-Protocol: authsidecar.bearer.{token}, chat"]),
                }
            )
            {
                using var client = await RawSocket.ConnectAsync(envoy.Port("edge_http"));
                await client.SendAsync(RawSocket.Handshake($"{target}{query}", headers));
                var answer = RawAnswer.Parse(await client.HeadAsync());

                Assert.Equal(
                    (target, isAllowed, target == "/live" || isAllowed),
                    (target, answer.Values("x-authsidecar-reason").Count == 0, answer.Status == 101)
                );
                decisions.Add(answer.Values("x-authsidecar-decision-id").Single());
            }
        }

        foreach (var decision in decisions)
        {
            await envoy.WaitForLogAsync(line => line.Contains(decision, StringComparison.Ordinal));
        }

        using var http = new HttpClient();
        var written = new Dictionary<string, string>
        {
            ["what the sidecar says"] = servers.Sidecar.Output,
            ["its errors"] = servers.Sidecar.Errors,
            ["its metrics"] = await http.GetStringAsync(new Uri(servers.Sidecar.Console, "/metrics")),
            ["Envoy's log"] = string.Join('\n', envoy.Log),
        };
        foreach (var file in Directory.EnumerateFiles(servers.DataDirectory, "*", SearchOption.AllDirectories))
        {
            // The sidecar locks its journal, which .NET respects.
            written[Path.GetFileName(file)] = Programs.Run("/bin/cat", [file]).Output;
        }

        Assert.All(decisions, decision => Assert.Contains(decision, written["what the sidecar says"]));
        Assert.Contains("SQLite format 3", written["authsidecar.db"]);
        Assert.Contains("authsidecar_", written["its metrics"]);
        foreach (var (location, text) in written)
        {
            foreach (var token in (string[])[servers.Good, servers.Expired, servers.Revoked, servers.Narrow])
            {
                // The key's id is public; the part after it is the secret.
                Assert.False(text.Contains(token[(token.LastIndexOf('_') + 1)..], StringComparison.Ordinal), $"A token is in {location}.");
            }

            Assert.False(text.Contains(PrivateQuery, StringComparison.Ordinal), $"A query is in {location}.");
        }
    }
}
