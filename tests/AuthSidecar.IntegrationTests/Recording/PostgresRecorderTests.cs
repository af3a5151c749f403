using System.Text.Json.Nodes;
using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Recording;

[Needs("postgres")]
public sealed class PostgresRecorderTests : RecorderContract
{
    private protected override async Task PrepareAsync(SidecarHome home)
    {
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        home.Settings["Store"] = new JsonObject { ["Provider"] = "postgres", ["ConnectionString"] = $"file:{home.WriteSecret("store", database)}" };
        home.Settings["Auth"]!["Peppers"] = new JsonArray($"file:{home.WriteSecret("pepper", "a pepper that all replicas share")}");
    }
}
