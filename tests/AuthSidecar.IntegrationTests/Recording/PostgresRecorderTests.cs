using System.Text.Json.Nodes;
using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Recording;

[Needs("postgres")]
public sealed class PostgresRecorderTests : RecorderContract
{
    private protected override async Task PrepareAsync(SidecarSandbox sandbox)
    {
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        sandbox.Settings["Store"] = new JsonObject
        {
            ["Provider"] = "postgres",
            ["ConnectionString"] = $"file:{sandbox.WriteSecret("store", database)}",
        };
        sandbox.Settings["Auth"]!["Peppers"] = new JsonArray($"file:{sandbox.WriteSecret("pepper", "a pepper that all replicas share")}");
    }
}
