using AuthSidecar.Demo;

namespace AuthSidecar.Tests.Demo;

public class ShippedFilesTests
{
    [Fact]
    public void Envoy_IsTheFileOfTheRepository_WithFourPortsMoved()
    {
        var shipped = TestKit.Repository.Text("envoy", "envoy.yaml").Split('\n');
        var moved = ShippedFiles.Envoy(11, 12).Split('\n');

        Assert.Equal(
            ["9901>0", "8080>0", "9001>11", "9100>12"],
            shipped.Zip(moved).Where(line => line.First != line.Second).Select(line => $"{Port(line.First)}>{Port(line.Second)}"));
        Assert.Equal(shipped.Length, moved.Length);
    }

    [Fact]
    public void Sidecar_IsTheFileOfTheRepository() => Assert.Equal(TestKit.Repository.Text("envoy", "authsidecar.json"), ShippedFiles.Sidecar);

    private static string Port(string line) => line.Split("port_value: ")[1].Split(' ', '}')[0];
}
