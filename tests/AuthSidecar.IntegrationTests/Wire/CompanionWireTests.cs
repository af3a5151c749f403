using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.V1;
using Google.Rpc;

namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>The companion's responses as bytes, for clients in other languages.</summary>
public sealed class CompanionWireTests(WireSidecar sidecar) : IClassFixture<WireSidecar>
{
    private const string Path = "/authsidecar.v1.Authorizer/IsAuthorized";
    private static readonly (string, string) _credential = ("authorization", $"Bearer {SidecarSandbox.ServiceCredential}");

    [Fact]
    public async Task CallWithoutACredential_IsRefusedInTrailersAlone()
    {
        await using var connection = await sidecar.CompanionAsync();

        var reply = await connection.CallAsync(Request("x"), (":path", Path));

        Assert.True(reply.IsTrailersOnly);
        Assert.Equal(("200", 16, "A service credential is required."), (reply.HttpStatus, reply.GrpcStatus, reply.GrpcMessage));
        Assert.StartsWith("application/grpc", reply.Header("content-type"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("+/8A")]
    [InlineData("+w==")]
    [InlineData("not base64!")]
    [InlineData("")]
    public async Task BinaryMetadataOfAClient_IsNotReadAndChangesNothing(string value)
    {
        await using var connection = await sidecar.CompanionAsync();

        var reply = await connection.CallAsync(
            Request(sidecar.Token),
            (":path", Path),
            _credential,
            ("x-trace-bin", value),
            ("grpc-trace-bin", value)
        );

        Assert.Equal(0, reply.GrpcStatus);
        Assert.NotEmpty(reply.Message(IsAuthorizedResponse.Parser).OwnerId);
    }

    [Fact]
    public async Task Refusal_CarriesItsReasonAsBinaryTrailer()
    {
        await using var connection = await sidecar.CompanionAsync();

        var reply = await connection.CallAsync(Request("x"), (":path", Path), _credential);

        var text = reply.Trailer("grpc-status-details-bin")!;
        var status = Google.Rpc.Status.Parser.ParseFrom(
            Convert.FromBase64String(text.PadRight(text.Length + ((4 - (text.Length % 4)) % 4), '='))
        );
        Assert.True(reply.IsTrailersOnly);
        Assert.Equal((16, 16), (reply.GrpcStatus, status.Code));
        Assert.Equal("invalid_key", Assert.Single(status.Details).Unpack<ErrorInfo>().Reason);
    }

    [Theory]
    [InlineData("/grpc.health.v1.Health/Check")]
    [InlineData(Path)]
    public async Task MessageThatCannotBeRead_IsAnErrorForItsCallerAlone(string path)
    {
        await using var connection = await sidecar.CompanionAsync();
        await using var check = await sidecar.CheckAsync();
        var before = sidecar.Process.Output;

        var reply = await connection.CallAsync(RawCall.Frame(0, "no protobuf"u8), (":path", path), _credential);

        // A later decision, whose log line would come after theirs.
        Assert.NotNull((await check.CallAsync(RawCall.Frame(0, []))).Verdict());
        await Eventually.TrueAsync(() => Task.FromResult(sidecar.Process.Output.Length > before.Length), "the next decision is logged");
        Assert.NotEqual(0, reply.GrpcStatus);
        Assert.DoesNotContain("Exception", sidecar.Process.Output[before.Length..], StringComparison.Ordinal);
    }

    private static byte[] Request(string key) => RawCall.Frame(new IsAuthorizedRequest { Key = key });
}
