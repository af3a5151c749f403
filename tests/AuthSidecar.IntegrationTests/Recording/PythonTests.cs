using AuthSidecar.IntegrationTests.Protos;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Google.Protobuf;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.Recording;

/// <summary>A service in another language that shares only the schema with us.</summary>
public sealed class PythonTests : IDisposable
{
    private readonly SidecarSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [RequiresFact("grpcio")]
    public async Task ReportsFromPython_AreStored()
    {
        await using var harness = await RecorderHarness.StartAsync(_sandbox);
        var protos = Path.Combine(Repository.Root, "protos");
        var schema = Path.Combine(_sandbox.Root, "recorder.pb");
        await File.WriteAllBytesAsync(
            schema,
            Protoc.Read([protos], [Path.Combine(protos, "authsidecar", "v1", "recorder.proto")]).ToByteArray()
        );
        var script = Path.Combine(Repository.Root, "tests", "AuthSidecar.IntegrationTests", "python", "record.py");
        var id = Records.NewId();

        var (exitCode, output) = await Task.Run(() =>
            Programs.Run(Grpcio.Python, ["-B", script, new Uri(harness.Address).Authority, SidecarSandbox.ServiceCredential, schema, id])
        );

        Assert.Equal((0, "OK\nOK\nINVALID_ARGUMENT input_tokens must be 0 to 1000000000000.\nOK\nOK\n"), (exitCode, output));
        var row = Assert.Single((await harness.UsageAsync(1)).Rows);
        Assert.Equal((10L, 5L, "complete", 25L), (row.InputTokens, row.OutputTokens, row.Outcome, row.CostMicros));
        await using var context = harness.Store.Open();
        Assert.Equal("""{"key":123.45,"request_user_agent":"python"}""", (await context.Interceptions.SingleAsync()).Metadata);
    }
}
