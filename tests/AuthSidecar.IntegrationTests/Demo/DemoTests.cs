using System.Text.Json;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Demo;

/// <summary>The demo as a newcomer starts it: the real program and a real Envoy.</summary>
public sealed class DemoTests
{
    // Matches tokens, and a run's generated credentials by their prefixes.
    private const string Secrets = "ask_[A-Za-z0-9]{12}_[A-Za-z0-9]|(demo-openai|demo-anthropic|demo-gateway|sk-proj-own)-[A-Za-z0-9]";

    [RequiresFact("envoy")]
    public async Task WithEnvoy_EveryResultIsAsExpected()
    {
        using var machine = DemoMachine.WithEnvoy();

        var (exitCode, output, error) = await machine.DemoAsync("--json");

        var items = JsonDocument.Parse(output).RootElement.GetProperty("items").EnumerateArray().ToList();
        Assert.All(items, item => Assert.True(item.GetProperty("ok").GetBoolean(), $"{item}\n{error}"));
        Assert.Equal((0, ""), (exitCode, error));
        Assert.DoesNotMatch(Secrets, output);
        Assert.Empty(machine.Leftovers);
    }

    [RequiresFact("envoy")]
    public async Task WithEnvoy_TheTableShowsBothEnds()
    {
        using var machine = DemoMachine.WithEnvoy();

        var (_, output, _) = await machine.DemoAsync("--json");

        var items = JsonDocument
            .Parse(output)
            .RootElement.GetProperty("items")
            .EnumerateArray()
            .ToDictionary(item => item.GetProperty("name").GetString()!);
        Assert.Equal("Bearer demo-openai-****", Upstream("a good key", "authorization"));
        Assert.Equal("demo-anthropic-****", Upstream("centralized, key in x-api-key", "x-api-key"));
        Assert.Equal("Bearer sk-proj-own-****", Upstream("BYOK, the caller's own key", "authorization"));
        Assert.Equal("api.openai.com", Upstream("a good key", "host"));
        Assert.Equal("api.anthropic.com", Upstream("centralized, key in x-api-key", "host"));
        Assert.Equal(
            ["x-authsidecar-caller-decision-id"],
            items["a delegated call"]
                .GetProperty("upstream")
                .GetProperty("headers")
                .EnumerateObject()
                .Select(header => header.Name)
                .Where(name => name.Contains("authsidecar", StringComparison.Ordinal))
        );
        Assert.Equal("alice", Upstream("a forged identity header", "x-authsidecar-caller-username"));
        Assert.Contains("data: [DONE]", items["a stream"].GetProperty("client").GetProperty("body").GetString());
        Assert.Equal("chat", Upstream("a WebSocket, key a subprotocol", "sec-websocket-protocol"));
        Assert.EndsWith("\nping", items["a WebSocket, key a subprotocol"].GetProperty("client").GetProperty("body").GetString());
        Assert.Equal(
            [(200, 6), (101, 6), (400, 2), (401, 6), (403, 2), (429, 1)],
            items
                .Values.GroupBy(Status)
                .Select(group => (group.Key, group.Count()))
                .OrderBy(group => group.Key is 200 or 101 ? 0 : group.Key)
                .ThenByDescending(group => group.Key)
        );
        string[] closed = ["a WebSocket closed, key expired", "a WebSocket closed, key revoked", "a first message with an expired key"];
        Assert.All(items, item =>
            Assert.Equal(
                Status(item.Value) >= 400 || closed.Contains(item.Key),
                item.Value.GetProperty("upstream").ValueKind == JsonValueKind.Null
            )
        );

        string? Upstream(string name, string header) =>
            items[name].GetProperty("upstream").GetProperty("headers").GetProperty(header).GetString();
        static int Status(JsonElement item) => item.GetProperty("client").GetProperty("status").GetInt32();
    }

    /// <summary>The numbers equal those of the upstream's responses.</summary>
    [RequiresFact("envoy")]
    public async Task WithEnvoy_EveryRequestLeavesItsRow()
    {
        using var machine = DemoMachine.WithEnvoy();

        var (_, output, _) = await machine.DemoAsync("--json");

        var document = JsonDocument.Parse(output).RootElement;
        var rows = document.GetProperty("usage").EnumerateArray().ToDictionary(row => row.GetProperty("decisionId").GetString()!);
        var made = document
            .GetProperty("items")
            .EnumerateArray()
            .Select(item => item.GetProperty("client"))
            .Where(client => client.GetProperty("headers").TryGetProperty("x-authsidecar-decision-id", out _))
            .Select(client =>
                (Client: client, Row: rows[client.GetProperty("headers").GetProperty("x-authsidecar-decision-id").GetString()!])
            )
            .ToList();
        Assert.Equal(22, made.Count);
        Assert.All(made, one => Assert.Equal(one.Client.GetProperty("status").GetInt32(), one.Row.GetProperty("status").GetInt32()));
        var counted = made.Where(one => one.Row.GetProperty("outcome").GetString() == "complete").Select(one => one.Row).ToList();
        Assert.Equal(5, counted.Count);
        Assert.All(counted, row =>
            Assert.Equal(
                (9, 3, "demo"),
                (
                    row.GetProperty("inputTokens").GetInt32(),
                    row.GetProperty("outputTokens").GetInt32(),
                    row.GetProperty("model").GetString()
                )
            )
        );
        Assert.DoesNotContain(rows.Values, row => row.GetProperty("path").GetString()!.Contains('?'));
    }

    [RequiresFact("envoy")]
    public async Task TheTable_HoldsNoSecret_AndNoColourWhereItIsNotATerminal()
    {
        using var machine = DemoMachine.WithEnvoy();

        var (exitCode, output, _) = await machine.DemoAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains("All 23 are as they should be.", output);
        Assert.Matches(@"\n(\d+) decisions, \1 rows\.\n", output);
        Assert.DoesNotMatch(Secrets, output);
        Assert.DoesNotContain('\e', output);
        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public async Task WithoutEnvoy_RequestsAreCheckCalls_WithANotice()
    {
        using var machine = new DemoMachine();

        var (exitCode, output, error) = await machine.DemoAsync("--no-fetch");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith(
            "Without Envoy: no Envoy in ENVOY_BIN, on the PATH or in the cache, and downloading is disabled.",
            output.ReplaceLineEndings(" ")
        );
        Assert.Contains("Envoy would answer", output);
        Assert.Contains("All 23 are as they should be.", output);
        Assert.Matches(@"\n(\d+) decisions, \1 rows; without Envoy the answers of the upstream are not observed\.\n", output);
        Assert.DoesNotMatch(Secrets, output);
        Assert.Empty(machine.Leftovers);
    }

    [Fact]
    public async Task WithoutEnvoy_AsJson_TheNoticeIsOutsideTheDocument()
    {
        using var machine = new DemoMachine();

        var (exitCode, output, error) = await machine.DemoAsync("--no-fetch", "--json");

        var items = JsonDocument.Parse(output).RootElement.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal((0, 23), (exitCode, items.Count));
        Assert.All(items, item =>
            Assert.Equal(["name", "client", "upstream", "ok"], item.EnumerateObject().Select(property => property.Name))
        );
        Assert.All(items, item => Assert.True(item.GetProperty("ok").GetBoolean(), item.ToString()));
        Assert.StartsWith("Without Envoy: ", error);
        Assert.DoesNotMatch(Secrets, output);
    }

    [Fact]
    public async Task ANamedEnvoyThatIsNotThere_IsAnError_AndNothingStarts()
    {
        using var machine = new DemoMachine().With("ENVOY_BIN", "/nowhere/envoy");

        Assert.Equal((1, "", "ENVOY_BIN names /nowhere/envoy, which is not an executable file.\n"), await machine.DemoAsync());
    }

    [Fact]
    public async Task AnEnvoyThatDoesNotStart_IsAnError_ThatShowsItsLog()
    {
        using var machine = new DemoMachine();
        var broken = machine.Program("envoy", "echo 'no such option' >&2; exit 1");

        var (exitCode, output, error) = await machine.DemoAsync("--json");

        var message = JsonDocument.Parse(error).RootElement.GetProperty("message").GetString()!;
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith($"{broken} did not become ready.\n", message);
        Assert.Contains("envoy.log: no such option", message);
        Assert.Empty(machine.Leftovers);
    }

    [RequiresFact("envoy")]
    public async Task EnvoyThatForwardsTooMuch_IsDetected()
    {
        using var machine = new DemoMachine();
        machine.Program("envoy", $"""sed -i 's/policy: app /policy: nowhere /' "$2"; exec {EnvoyBinary.Path(EnvoyRelease.Newest)} "$@" """);

        var (exitCode, output, _) = await machine.DemoAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("are not as they should be.", output);
        Assert.Contains("a missing scope: the client got 200 instead of 403; the upstream was called;", output.ReplaceLineEndings(" "));
    }
}
