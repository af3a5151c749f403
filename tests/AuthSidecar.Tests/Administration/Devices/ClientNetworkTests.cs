using AuthSidecar.Administration.Devices;

namespace AuthSidecar.Tests.Administration.Devices;

public class ClientNetworkTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.254", true)]
    [InlineData("192.0.2.1", "192.0.3.1", false)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:ffff::1", true)]
    [InlineData("2001:db8:1::1", "2001:db8:2::1", false)]
    [InlineData("::1", "127.0.0.1", true)]
    [InlineData("::1", "::2", true)]
    [InlineData("192.0.2.1", "2001:db8::1", false)]
    [InlineData(null, "192.0.2.1", false)]
    [InlineData(null, null, false)]
    [InlineData("", "", false)]
    [InlineData("a", "a", false)]
    public void Same_IsOneNetworkOf24Or48Bits(string? one, string? other, bool expected)
    {
        Assert.Equal(expected, ClientNetwork.AreSame(one, other));
        Assert.Equal(expected, ClientNetwork.AreSame(other, one));
    }
}
