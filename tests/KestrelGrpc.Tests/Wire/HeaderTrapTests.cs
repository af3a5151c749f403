namespace KestrelGrpc.Tests.Wire;

/// <summary>
/// What Kestrel does, before any of this library's code runs, with headers that Envoy or a proxy may send.
/// A change here is a change of Kestrel that the documents about Envoy's settings must follow.
/// </summary>
public class HeaderTrapTests
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
        await using var server = await WireServer.StartAsync();

        var reply = await server.CallAsync(Request.Simple(), (":authority", authority));

        Assert.Equal((ProtocolError, false), (reply.ResetCode, reply.IsConnectionError));
    }

    [Theory]
    [InlineData("ext_authz")]
    [InlineData("a-b.c_d~e!f")]
    [InlineData("127.0.0.1:9000")]
    [InlineData("[::1]:9000")]
    [InlineData("")]
    public async Task AuthorityOfAClusterWithAPlainName_IsAccepted(string authority)
    {
        await using var server = await WireServer.StartAsync();

        Assert.Equal(0, (await server.CallAsync(Request.Simple(), (":authority", authority))).GrpcStatus);
    }

    [Fact]
    public async Task MissingAuthority_IsAccepted()
    {
        await using var server = await WireServer.StartAsync();
        var stream = await server.Connection.SendHeadersAsync(Request.Headers().Without(":authority"));
        await stream.SendDataAsync(Request.Simple(), endStream: true);

        Assert.Equal(0, (await stream.ReplyAsync()).GrpcStatus);
    }

    [Fact]
    public async Task SchemeOfAnotherTransport_ResetsTheStream_UnlessAlternateSchemesAreAllowed()
    {
        await using var strict = await WireServer.StartAsync();
        await using var lenient = await WireServer.StartAsync(kestrel: options => options.AllowAlternateSchemes = true);

        var refused = await strict.CallAsync(Request.Simple(), (":scheme", "https"));
        var accepted = await lenient.CallAsync(Request.Simple(), (":scheme", "https"));

        Assert.Equal((ProtocolError, false), (refused.ResetCode, refused.IsConnectionError));
        Assert.Equal(0, accepted.GrpcStatus);
    }

    [Theory]
    [InlineData("te", "gzip")]
    [InlineData("connection", "close")]
    [InlineData("X-Upper", "1")]
    public async Task HeaderThatHttp2Forbids_EndsTheWholeConnection(string name, string value)
    {
        await using var server = await WireServer.StartAsync();

        var reply = await server.CallAsync(Request.Simple(), (name, value));

        Assert.Equal((ProtocolError, true), (reply.ResetCode, reply.IsConnectionError));
    }

    [Fact]
    public async Task ManyHeaders_Are431_UnlessTheLimitIsRaised()
    {
        var many = Enumerable.Range(0, 101).Select(i => ($"x-{i}", "v")).ToArray();
        await using var strict = await WireServer.StartAsync();
        await using var raised = await WireServer.StartAsync(kestrel: options => options.Limits.MaxRequestHeaderCount = 200);

        Assert.Equal("431", (await strict.CallAsync(Request.Simple(), many)).HttpStatus);
        Assert.Equal(0, (await raised.CallAsync(Request.Simple(), many)).GrpcStatus);
    }

    [Fact]
    public async Task LargeHeaders_Are431_UnlessTheLimitIsRaised()
    {
        var large = Enumerable.Range(0, 3).Select(i => ($"x-{i}", new string('v', 12_000))).ToArray();
        await using var strict = await WireServer.StartAsync();
        await using var raised = await WireServer.StartAsync(kestrel: options => options.Limits.MaxRequestHeadersTotalSize = 128 * 1024);

        Assert.Equal("431", (await strict.CallAsync(Request.Simple(), large)).HttpStatus);
        Assert.Equal(0, (await raised.CallAsync(Request.Simple(), large)).GrpcStatus);
    }

    [Fact]
    public async Task StreamsBeyondTheLimit_AreRefusedUnprocessed()
    {
        await using var server = await WireServer.StartAsync();
        for (var i = 0; i < 105; i++)
        {
            await server.Connection.SendHeadersAsync(Request.Headers());
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(RefusedStream, (await server.Connection.NextAsync(RawFrameType.ResetStream))!.ErrorCode);
        }
    }
}
