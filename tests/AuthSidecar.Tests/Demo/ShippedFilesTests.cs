using AuthSidecar.Demo;

namespace AuthSidecar.Tests.Demo;

public class ShippedFilesTests
{
    [Fact]
    public void Envoy_IsTheFileOfTheRepository_WithItsPortsMoved()
    {
        var shipped = TestKit.Repository.Text("envoy", "envoy.yaml").Split('\n');
        var moved = ShippedFiles.Envoy(checkPort: 11, closerPort: 12, relayPort: 13, upstreamPort: 14).Split('\n');

        Assert.Equal(
            ["9901>0", "8080>0", "9001>11", "9001>11", "9004>12", "9005>13", "9100>14"],
            shipped.Zip(moved).Where(line => line.First != line.Second).Select(line => $"{Port(line.First)}>{Port(line.Second)}"));
        Assert.Equal(shipped.Length, moved.Length);
    }

    [Fact]
    public void Sidecar_IsTheFileOfTheRepository() => Assert.Equal(TestKit.Repository.Text("envoy", "authsidecar.json"), ShippedFiles.Sidecar);

    private static string Port(string line) => line.Split("port_value: ")[1].Split(' ', '}')[0];
}
