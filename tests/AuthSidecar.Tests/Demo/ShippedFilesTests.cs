using AuthSidecar.Demo.Setup;

namespace AuthSidecar.Tests.Demo;

public class ShippedFilesTests
{
    [Theory]
    [InlineData("unix:/tmp/demo/check.sock", "{ pipe: { path: /tmp/demo/check.sock } }")]
    [InlineData("http://127.0.0.1:11", "{ socket_address: { address: 127.0.0.1, port_value: 11 } }")]
    public void Envoy_IsTheFileOfTheRepository_ButForPortsSocketAndTheTimeoutOfCheck(string check, string moved)
    {
        var shipped = TestSupport.Repository.Text("envoy", "envoy.yaml").Split('\n');
        var envoy = ShippedFiles.Envoy(check, closerPort: 12, relayPort: 13, upstreamPort: 14).Split('\n');

        const string Socket = "{ pipe: { path: /run/authsidecar/check.sock } }";
        Assert.Equal(
            [("9901", "0"), ("8080", "0"), (Socket, moved), (Socket, moved), ("9004", "12"), ("9005", "13"), ("9100", "14")],
            shipped
                .Zip(envoy)
                .Where(line => line.First != line.Second && line.First.Trim() != "timeout: 0.25s")
                .Select(line =>
                    (Address(line.First), line.First.Contains("pipe", StringComparison.Ordinal) ? Whole(line.Second) : Address(line.Second))
                )
        );
        Assert.Equal(shipped.Length, envoy.Length);
        Assert.Equal(
            ["                  timeout: 5s"],
            shipped.Zip(envoy).Where(line => line.First.Trim() == "timeout: 0.25s").Select(line => line.Second)
        );
    }

    [Fact]
    public void Sidecar_IsTheFileOfTheRepository() =>
        Assert.Equal(TestSupport.Repository.Text("envoy", "authsidecar.json"), ShippedFiles.Sidecar);

    private static string Address(string line) =>
        line.Contains("pipe", StringComparison.Ordinal) ? Whole(line) : line.Split("port_value: ")[1].Split(' ', '}')[0];

    private static string Whole(string line) =>
        line.Split("address: ", 2)[1].Trim()[..^" }".Length].Replace(" } }", " } }", StringComparison.Ordinal);
}
