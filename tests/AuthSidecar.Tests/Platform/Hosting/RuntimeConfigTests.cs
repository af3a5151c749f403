using System.Text.Json;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Tests.Platform.Hosting;

public sealed class RuntimeConfigTests
{
    [Fact]
    public void Sidecar_HasOneHeapForAllCores()
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(SidecarProgram.Path, ".runtimeconfig.json")));
        var properties = config.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");

        Assert.False(properties.GetProperty("System.GC.Server").GetBoolean());
    }
}
