namespace KestrelGrpc.Tests.Interop;

public class GrpcJsInteropTests(GrpcJsFixture peer) : IClassFixture<GrpcJsFixture>
{
    /// <summary>Its server sends nothing compressed.</summary>
    [GrpcJsTheory]
    [MemberData(nameof(InteropCases.NamesWithoutServerCompression), MemberType = typeof(InteropCases))]
    public async Task OurClient_TheirServer(string name) => await InteropCases.RunAsync(name, await peer.ServerAsync(), reportsCompression: false);

    [GrpcJsTheory]
    [MemberData(nameof(InteropCases.Names), MemberType = typeof(InteropCases))]
    public async Task TheirClient_OurServer(string name)
    {
        var results = await peer.ResultsAsync();

        var result = results.GetValueOrDefault(name, results["errors of the client"]);
        Assert.True(result == "ok", result);
        Assert.True(results["errors of the server"].Length == 0, results["errors of the server"]);
    }
}
