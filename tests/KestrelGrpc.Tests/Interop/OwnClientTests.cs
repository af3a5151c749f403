using Grpc.Testing;

namespace KestrelGrpc.Tests.Interop;

public class OwnClientTests
{
    [Fact]
    public async Task EmptyUnary()
    {
        await using var server = await InteropServer.StartAsync();
        using var channel = server.Connect();

        var reply = await new TestService.TestServiceClient(channel).EmptyCallAsync(new Empty());

        Assert.Equal(new Empty(), reply);
    }
}
