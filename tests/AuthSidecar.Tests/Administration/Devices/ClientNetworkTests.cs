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

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("11.1.2.3", false)]
    [InlineData("192.0.2.7", true)]
    [InlineData("192.0.2.8", false)]
    [InlineData("2001:db8:1::5", true)]
    [InlineData("2001:db8:2::5", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3:80", false)]
    [InlineData("a", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void In_IsAnAddressOfOneOfTheNetworks(string? address, bool expected)
    {
        Assert.Equal(expected, ClientNetwork.IsIn(address, ["10.0.0.0/8", "192.0.2.7/32", "2001:db8:1::/48", "not a network"]));
        Assert.False(ClientNetwork.IsIn(address, []));
    }
}
