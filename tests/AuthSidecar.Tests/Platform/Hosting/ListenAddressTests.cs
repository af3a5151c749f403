using AuthSidecar.Platform.Hosting;

namespace AuthSidecar.Tests.Platform.Hosting;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:9001", "127.0.0.1", 9001, true)]
    [InlineData("http://127.1.2.3:0", "127.1.2.3", 0, true)]
    [InlineData("http://127.0.0.1:9001/", "127.0.0.1", 9001, true)]
    [InlineData("http://[::1]:1", "::1", 1, true)]
    [InlineData("http://localhost:80", null, 80, true)]
    [InlineData("http://0.0.0.0:80", "0.0.0.0", 80, false)]
    [InlineData("http://[::]:80", "::", 80, false)]
    [InlineData("http://10.0.0.1:65535", "10.0.0.1", 65535, false)]
    public void TcpAddress_IsRead(string text, string? host, int port, bool isLoopback)
    {
        Assert.True(ListenAddress.TryParse(text, out var address, out _));

        Assert.Equal((host, port, isLoopback, null), (address.Host?.ToString(), address.Port, address.IsLoopback, address.SocketPath));
        Assert.Equal(text.Contains("localhost", StringComparison.Ordinal), address.IsLocalhost);
    }

    [Fact]
    public void UnixSocket_IsReadAndOnlyThisMachines()
    {
        Assert.True(ListenAddress.TryParse("unix:/run/a.sock", out var address, out _));

        Assert.Equal("/run/a.sock", address.SocketPath);
        Assert.True(address.IsLoopback);
        Assert.False(address.IsLocalhost);
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:9001")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:")]
    [InlineData("http://127.0.0.1:65536")]
    [InlineData("http://127.0.0.1:-1")]
    [InlineData("http://127.0.0.1:1/path")]
    [InlineData("http://127.1:1")]
    [InlineData("http://2130706433:1")]
    [InlineData("http://::1:1")]
    [InlineData("http://:1")]
    [InlineData("http://*:1")]
    [InlineData("http://example.com:1")]
    [InlineData("http://user@127.0.0.1:1")]
    [InlineData("https://127.0.0.1:1")]
    [InlineData("http://localhost:0")]
    [InlineData("unix:relative")]
    [InlineData("unix:")]
    [InlineData("tcp://127.0.0.1:1")]
    public void AnythingElse_IsRefusedWithAReason(string text)
    {
        Assert.False(ListenAddress.TryParse(text, out _, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void SocketPathThatTheKernelWouldCut_IsRefused() =>
        Assert.False(ListenAddress.TryParse("unix:/" + new string('a', 107), out _, out _));

    [Theory]
    [InlineData("http://127.0.0.1:1", "http://127.0.0.1:1", true)]
    [InlineData("http://127.0.0.1:1", "http://127.0.0.1:2", false)]
    [InlineData("http://127.0.0.1:1", "http://127.0.0.2:1", false)]
    [InlineData("http://127.0.0.1:1", "http://[::1]:1", false)]
    [InlineData("http://0.0.0.0:1", "http://127.0.0.1:1", true)]
    [InlineData("http://0.0.0.0:1", "http://[::1]:1", false)]
    [InlineData("http://[::]:1", "http://127.0.0.1:1", true)]
    [InlineData("http://[::]:1", "http://localhost:1", true)]
    [InlineData("http://localhost:1", "http://[::1]:1", true)]
    [InlineData("http://localhost:1", "http://localhost:1", true)]
    [InlineData("http://localhost:1", "http://0.0.0.0:1", true)]
    [InlineData("http://localhost:1", "http://10.0.0.1:1", false)]
    [InlineData("http://127.0.0.1:0", "http://127.0.0.1:0", false)]
    [InlineData("unix:/a", "unix:/a", true)]
    [InlineData("unix:/a", "unix:/b", false)]
    [InlineData("unix:/a", "http://127.0.0.1:1", false)]
    public void TwoAddresses_CollideOrNot(string one, string other, bool collide)
    {
        Assert.True(ListenAddress.TryParse(one, out var first, out _));
        Assert.True(ListenAddress.TryParse(other, out var second, out _));

        Assert.Equal((collide, collide), (first.Collides(second), second.Collides(first)));
    }
}
