namespace KestrelGrpc.Tests.Interop;

/// <summary>Our client and our server.</summary>
public class OwnInteropTests
{
    [Theory]
    [MemberData(nameof(InteropCases.Names), MemberType = typeof(InteropCases))]
    public async Task OurClient_OurServer(string name)
    {
        await using var server = await InteropServer.StartAsync();

        await InteropCases.RunAsync(name, server.Address, reportsCompression: true);

        Assert.Empty(server.Log.Errors);
    }
}
