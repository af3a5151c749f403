using AuthSidecar.IntegrationTests.Protos;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Google.Protobuf;

namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>Clients of other gRPC implementations: the same calls, the same responses.</summary>
public sealed class InteropTests(WireSidecar sidecar) : IClassFixture<WireSidecar>
{
    private const string Expected = """
        check_allowed: status 0
        check_refused: status 16
        check_empty: status 3
        check_compressed: status 0
        check_too_large: status 14
        check_100_at_once: status 0
        companion_answers: user ada
        companion_refuses: error 16 The key is not valid. true
        companion_without_credential: error 16 A service credential is required.
        unknown_service: error 12
        deadline_passed: error 4
        stream_cancelled: error 1
        stream_ended: ended
        check_after_all: status 0

        """;

    private static readonly string _protos = Repository.File("protos");

    [RequiresFact("node")]
    public async Task GrpcJs_IsServed()
    {
        var (exitCode, output) = await RunAsync(
            Programs.OnPath("node")!,
            Path.Combine(NodePackages.Integration.Directory, "interop.js"),
            _protos,
            Protoc.CommonProtos
        );

        Assert.Equal(Expected, output);
        Assert.Equal(0, exitCode);
    }

    [RequiresFact("grpcio")]
    public async Task Grpcio_IsServed()
    {
        string[] files =
        [
            .. new[]
            {
                "envoy/service/auth/v3/external_auth.proto",
                "envoy/service/accesslog/v3/als.proto",
                "authsidecar/v1/authorizer.proto",
            }.Select(file => Path.Combine(_protos, file)),
        ];
        var schema = Path.Combine(sidecar.Sandbox.Root, "interop.pb");
        await File.WriteAllBytesAsync(schema, Protoc.Read([_protos, Protoc.CommonProtos], files).ToByteArray());

        var (exitCode, output) = await RunAsync(
            Grpcio.Python,
            Repository.File("tests", "AuthSidecar.IntegrationTests", "python", "interop.py"),
            schema
        );

        Assert.Equal(Expected, output);
        Assert.Equal(0, exitCode);
    }

    private Task<(int ExitCode, string Output)> RunAsync(string program, string script, params string[] schema) =>
        Task.Run(() =>
            Programs.Run(
                program,
                [
                    script,
                    sidecar.Process.Check.Authority,
                    sidecar.Process.Companion.Authority,
                    SidecarSandbox.ServiceCredential,
                    sidecar.Token,
                    .. schema,
                ]
            )
        );
}
