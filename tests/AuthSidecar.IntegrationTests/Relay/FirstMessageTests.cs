using System.Net.WebSockets;
using System.Text;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>Accepted first messages, and the response to all others: always a close frame, and never a call of the upstream.</summary>
public sealed class FirstMessageTests(SharedRelay shared) : IClassFixture<SharedRelay>, IAsyncLifetime
{
    private readonly RelayHarness _harness = shared.Harness;

    public Task InitializeAsync() => _harness.ForgetAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task AGoodToken_IsAnsweredAndRelayed()
    {
        using var client = await _harness.ConnectAsync();
        await client.EnterAsync(await _harness.KeyAsync());
        await client.SendTextAsync("hello");

        Assert.Equal("hello", await client.ReceiveTextAsync());
        Assert.Equal(1, _harness.Upstream.Calls);
    }

    [Fact]
    public async Task WhatIsSentRightBehindTheToken_Arrives()
    {
        using var client = await _harness.ConnectAsync();
        await client.PresentAsync(await _harness.KeyAsync());
        await client.SendTextAsync("no time to wait");

        Assert.Equal(RelayClient.Success, await client.ReceiveTextAsync());
        Assert.Equal("no time to wait", await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("not json", "Invalid JSON")]
    [InlineData("", "Invalid JSON")]
    [InlineData("[]", "Invalid JSON")]
    [InlineData("\"auth\"", "Invalid JSON")]
    [InlineData("null", "Invalid JSON")]
    [InlineData("""{"type":"auth","token":"TOKEN"} x""", "Invalid JSON")]
    [InlineData("""{"type":"auth","token":"TOKEN"}{}""", "Invalid JSON")]
    [InlineData("""{"type":"auth","token":"TOKEN","token":"TOKEN"}""", "Invalid JSON")]
    [InlineData("""{"type":"auth","type":"auth","token":"TOKEN"}""", "Invalid JSON")]
    [InlineData("""{"type":"auth","token":"TOKEN",}""", "Invalid JSON")]
    [InlineData("""{"type":"auth","token":"\ud800"}""", "Invalid JSON")]
    [InlineData("{\"type\":\"auth\",\"token\":\"TOKEN\0\"}", "Invalid JSON")]
    [InlineData("\uFEFF{\"type\":\"auth\",\"token\":\"TOKEN\"}", "Invalid JSON")]
    [InlineData("{}", "First message must be auth")]
    [InlineData("""{"token":"TOKEN"}""", "First message must be auth")]
    [InlineData("""{"type":"Auth","token":"TOKEN"}""", "First message must be auth")]
    [InlineData("""{"type":["auth"],"token":"TOKEN"}""", "First message must be auth")]
    [InlineData("""{"type":"message","token":"TOKEN"}""", "First message must be auth")]
    [InlineData("""{"type":"auth"}""", "Missing token")]
    [InlineData("""{"type":"auth","token":null}""", "Missing token")]
    [InlineData("""{"type":"auth","token":""}""", "Missing token")]
    [InlineData("""{"type":"auth","token":" \t"}""", "Missing token")]
    [InlineData("""{"type":"auth","token":5}""", "Missing token")]
    [InlineData("""{"type":"auth","token":["TOKEN"]}""", "Missing token")]
    [InlineData("""{"type":"auth","token":{"token":"TOKEN"}}""", "Missing token")]
    [InlineData("""{"type":"auth","Token":"TOKEN"}""", "Missing token")]
    public async Task AnythingElse_Is1008WithItsReason(string message, string reason)
    {
        using var client = await _harness.ConnectAsync();
        await client.SendTextAsync(message.Replace("TOKEN", await _harness.KeyAsync(), StringComparison.Ordinal));

        Assert.Equal((1008, reason), await client.ClosedAsync());
        AssertNotCalled();
    }

    [Fact]
    public async Task DeepNesting_Is1008()
    {
        using var client = await _harness.ConnectAsync();
        await client.SendTextAsync(
            $$"""{"type":"auth","token":"{{await _harness.KeyAsync()}}","x":{{new string('[', 5000)}}{{new string(']', 5000)}}}"""
        );

        Assert.Equal((1008, "Invalid JSON"), await client.ClosedAsync());
        AssertNotCalled();
    }

    [Theory]
    [InlineData("\\u0000")]
    [InlineData("\\r\\nx-forged: 1")]
    [InlineData("ä")]
    [InlineData(",")]
    [InlineData(" x")]
    public async Task TokenWithInvalidCharacters_IsRefused(string end)
    {
        using var client = await _harness.ConnectAsync();

        var (code, reason) = await client.RefusedAsync(await _harness.KeyAsync() + end);

        Assert.Equal(1008, code);
        Assert.Contains(reason, (string[])["ambiguous_credentials", "missing_credential"]);
        AssertNotCalled();
    }

    [Fact]
    public async Task BytesThatAreNoText_Are1008()
    {
        using var client = await _harness.ConnectAsync();
        await client.SendAsync(
            Encoding.UTF8.GetBytes($$"""{"type":"auth","token":"{{await _harness.KeyAsync()}}"}"""),
            WebSocketMessageType.Binary
        );

        Assert.Equal((1008, "Expected JSON auth message"), await client.ClosedAsync());
        AssertNotCalled();
    }

    [Fact]
    public async Task AMessageInFragmentsWithPingsBetween_IsOneMessage()
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"type":"auth","token":"{{await _harness.KeyAsync()}}"}""");
        using var raw = await RawSocket.OpenAsync(_harness.Port, "/app/x");
        await raw.SendAsync(0x01, bytes[..10]);
        await raw.SendAsync(0x89, "are you there"u8.ToArray());
        await raw.SendAsync(0x80, bytes[10..]);

        Assert.Equal((0x8A, "are you there"), await raw.ReceiveTextAsync());
        Assert.Equal((0x81, RelayClient.Success), await raw.ReceiveTextAsync());
    }

    [Theory]
    [InlineData(16 * 1024, true)]
    [InlineData((16 * 1024) + 1, false)]
    public async Task MoreThan16KiB_Is1009(int length, bool passes)
    {
        var message = $$"""{"type":"auth","token":"{{await _harness.KeyAsync()}}"}""".PadRight(length);
        using var client = await _harness.ConnectAsync();
        await client.SendTextAsync(message);

        if (passes)
        {
            Assert.Equal(RelayClient.Success, await client.ReceiveTextAsync());
        }
        else
        {
            Assert.Equal((1009, "message_too_big"), await client.ClosedAsync());
            AssertNotCalled();
        }
    }

    [Fact]
    public async Task ManySmallFragmentsTogetherTooLong_Are1009()
    {
        using var client = await _harness.ConnectAsync();
        for (var sent = 0; sent <= 16 * 1024; sent += 1024)
        {
            await client.SendAsync(new byte[1024], WebSocketMessageType.Text, isEnd: false);
        }

        Assert.Equal((1009, "message_too_big"), await client.ClosedAsync());
        AssertNotCalled();
    }

    [Fact]
    public async Task NoMessageInTime_Is1008()
    {
        using var client = await _harness.ConnectAsync();

        Assert.Equal((1008, "Auth timeout"), await client.ClosedAsync());
        AssertNotCalled();
    }

    [Fact]
    public async Task AMessageThatNeverEnds_Is1008()
    {
        using var client = await _harness.ConnectAsync();
        await client.SendAsync("{"u8.ToArray(), WebSocketMessageType.Text, isEnd: false);

        Assert.Equal((1008, "Auth timeout"), await client.ClosedAsync());
        AssertNotCalled();
    }

    [Fact]
    public async Task ClientDisconnect_IsOnlyLogged()
    {
        using (var client = await _harness.ConnectAsync())
        {
            await client.CloseAsync(1000, "changed my mind");
            client.Socket.Abort();
        }

        using (var client = await _harness.ConnectAsync())
        {
            client.Socket.Abort();
        }

        await Eventually.TrueAsync(
            () => Task.FromResult(_harness.Logs.Text.Split("closed before authentication: Client disconnected").Length == 3),
            "both are logged"
        );
        await Eventually.TrueAsync(() => Task.FromResult(_harness.Sockets.ActiveConnections == 0), "nothing is left open");
        AssertNotCalled();
    }

    [Fact]
    public async Task ARefusedToken_GetsTheReason_ThenItsOwnCode()
    {
        var revoked = await _harness.Seeder.AddKeyAsync("ada", "apps:run");
        await _harness.Seeder.RevokeAsync(revoked);
        var expired = (
            await new CreateKey(_harness.Seeder.Store, _harness.Seeder.Hasher, TimeProvider.System).RunAsync(
                new("ada") { Scopes = ["apps:run"], ExpiresAt = DateTimeOffset.UtcNow.AddMinutes(-1) },
                CancellationToken.None
            )
        ).Value;
        foreach (
            var (target, token, code, reason) in new[]
            {
                ("/app/x", revoked.Token, 4004, "token_revoked"),
                ("/app/x", expired.Token, 4001, "token_expired"),
                ("/app/x", KeyToken.Generate(TokenFamily.Ask), 1008, "invalid_token"),
                ("/app/x", "sk-ant-api03-foreign", 1008, "invalid_token"),
                ("/app/x", await _harness.KeyAsync("llm:invoke"), 1008, "insufficient_scope"),
                ("/nobody/x", await _harness.KeyAsync(), 1008, "no_policy"),
                ("/nowhere/x", await _harness.KeyAsync(), 1008, "no_policy"),
                ("/public/x", await _harness.KeyAsync(), 1008, "no_policy"),
                ("/app/a%2Fb", await _harness.KeyAsync(), 1008, "invalid_path"),
            }
        )
        {
            using var client = await _harness.ConnectAsync(target);

            Assert.Equal((code, reason), await client.RefusedAsync(token));
            Assert.Contains($"\"reason\":\"{reason}\"", _harness.Logs.Text, StringComparison.Ordinal);
        }

        AssertNotCalled();
    }

    [Fact]
    public async Task OverALimit_Is1008_AndChargedOnce()
    {
        var token = await _harness.KeyAsync();
        using var first = await _harness.ConnectAsync("/once/x");
        await first.EnterAsync(token);
        using var second = await _harness.ConnectAsync("/once/x");

        Assert.Equal((1008, "rate_limited"), await second.RefusedAsync(token));
        Assert.Equal(1, _harness.Upstream.Calls);
    }

    [Fact]
    public async Task ASpentBudget_Is4002()
    {
        var key = await _harness.Seeder.AddKeyAsync("ada", "apps:run");
        await new SetBudget(_harness.Seeder.Store, TimeProvider.System).RunAsync(BudgetScope.Key, key.Key.Id, 0, CancellationToken.None);
        using var client = await _harness.ConnectAsync();

        Assert.Equal((4002, "budget_exceeded"), await client.RefusedAsync(key.Token));
        AssertNotCalled();
    }

    [Fact]
    public async Task WhatIsNoWebSocket_Is426()
    {
        string[] old =
        [
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 8",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ];
        foreach (
            var (line, headers) in new[]
            {
                ("GET /app/x", Array.Empty<string>()),
                ("POST /app/x", Sockets.Handshake),
                ("GET /app/x", old),
                ("GET /app/x", ["Connection: Upgrade", "Upgrade: h2c"]),
            }
        )
        {
            var answer = await RawHttp.SendAsync(_harness.Port, line, headers);

            Assert.Equal(426, answer.Status);
            Assert.Equal(["websocket"], answer.Values("upgrade"));
            Assert.Equal(["13"], answer.Values("sec-websocket-version"));
        }

        AssertNotCalled();
    }

    [Fact]
    public async Task AHandshakeThatNeverEnds_IsCut() =>
        await Task.WhenAll(
            NeverOpensAsync(""),
            NeverOpensAsync("GET /app/x HTTP/1.1\r\nHost: x\r\nUpgrade: webs"),
            NeverOpensAsync("GET /app/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
        );

    [Fact]
    public async Task TheToken_IsInNoLog()
    {
        var good = await _harness.KeyAsync();
        var bad = KeyToken.Generate(TokenFamily.Ask);
        using var client = await _harness.ConnectAsync($"/app/x?access_token={bad}&room=1");
        await client.EnterAsync(good);
        await client.CloseAsync(1000, good);
        await client.ClosedAsync();
        using var other = await _harness.ConnectAsync();
        await other.RefusedAsync(bad);

        Assert.Contains("\"decision\":\"allow\"", _harness.Logs.Text, StringComparison.Ordinal);
        foreach (var token in new[] { good, bad })
        {
            Assert.DoesNotContain(token.Split('_')[2], _harness.Logs.Text, StringComparison.Ordinal);
        }
    }

    private async Task NeverOpensAsync(string start)
    {
        try
        {
            Assert.DoesNotContain(" 101 ", await RawHttp.ExchangeAsync(_harness.Port, start), StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // The connection was reset.
        }
    }

    private void AssertNotCalled() => Assert.Equal(0, _harness.Upstream.Calls);
}
