namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>
/// The Check listener's handling of headers that Envoy, a mesh or a proxy in between may add to its call. Kestrel decides most of it before
/// our code runs: a change here must be reflected in the documents about Envoy's settings.
/// </summary>
public sealed class HeaderTrapTests(WireSidecar sidecar) : IClassFixture<WireSidecar>
{
    private const int ProtocolError = 1;
    private const int RefusedStream = 7;

    [Theory]
    [InlineData("outbound|9000||authz.default.svc")]
    [InlineData("securitypolicy/ns/name")]
    [InlineData("user@host")]
    [InlineData("a,b")]
    [InlineData("a%20b")]
    [InlineData("host:port")]
    [InlineData("two words")]
    public async Task AuthorityThatIsNoHost_ResetsTheStream(string authority)
    {
        await using var connection = await sidecar.CheckAsync();

        var reply = await connection.CallAsync(sidecar.Allowed, (":authority", authority));

        Assert.Equal((ProtocolError, false), (reply.ResetCode, reply.IsConnectionError));
        Assert.Null(reply.Verdict());
    }

    [Theory]
    [InlineData("ext_authz")]
    [InlineData("a-b.c_d~e!f")]
    [InlineData("127.0.0.1:9001")]
    [InlineData("[::1]:9001")]
    [InlineData("")]
    public async Task AuthorityOfAClusterWithAPlainName_IsAccepted(string authority)
    {
        await using var connection = await sidecar.CheckAsync();

        Assert.Equal("allow", (await connection.CallAsync(sidecar.Allowed, (":authority", authority))).Verdict());
    }

    [Theory]
    [InlineData(":authority")]
    [InlineData("te")]
    public async Task HeaderThatEnvoyMayLeaveOut_IsNotMissed(string name)
    {
        await using var connection = await sidecar.CheckAsync();
        var stream = await connection.SendHeadersAsync(RawCall.Headers().Without(name));
        await stream.SendDataAsync(sidecar.Allowed, endStream: true);

        Assert.Equal("allow", (await stream.ReplyAsync()).Verdict());
    }

    [Fact]
    public async Task SchemeOfAnotherTransport_IsAccepted()
    {
        await using var connection = await sidecar.CheckAsync();

        Assert.Equal("allow", (await connection.CallAsync(sidecar.Allowed, (":scheme", "https"))).Verdict());
    }

    [Theory]
    [InlineData("te", "gzip")]
    [InlineData("connection", "close")]
    [InlineData("X-Upper", "1")]
    public async Task HeaderThatHttp2Forbids_EndsTheWholeConnection(string name, string value)
    {
        await using var connection = await sidecar.CheckAsync();

        var reply = await connection.CallAsync(sidecar.Allowed, (name, value));

        Assert.Equal((ProtocolError, true), (reply.ResetCode, reply.IsConnectionError));
        Assert.Null(reply.Verdict());
    }

    [Theory]
    [InlineData(240, 8, "allow")]
    [InlineData(260, 8, null)]
    [InlineData(5, 12_000, "allow")]
    [InlineData(6, 12_000, null)]
    public async Task InitialMetadata_HasRoomAsStated(int count, int length, string? verdict)
    {
        await using var connection = await sidecar.CheckAsync();
        var many = Enumerable.Range(0, count).Select(i => ($"x-{i}", new string('v', length))).ToArray();

        var reply = await connection.CallAsync(sidecar.Allowed, many);

        Assert.Equal(verdict, reply.Verdict());
        Assert.Equal(verdict is null ? "431" : "200", reply.HttpStatus);
    }

    [Fact]
    public async Task StreamsBeyondTheLimit_AreRefusedUnprocessed()
    {
        const int Limit = 1024;
        await using var connection = await sidecar.CheckAsync();
        for (var i = 0; i < Limit + 5; i++)
        {
            await connection.SendHeadersAsync(RawCall.Headers());
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(RefusedStream, (await connection.NextAsync(RawFrameType.ResetStream))!.ErrorCode);
        }
    }
}
