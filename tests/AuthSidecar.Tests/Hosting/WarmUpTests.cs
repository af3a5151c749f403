using AuthSidecar.TestSupport.Corpus;
using AuthSidecar.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Tests.Hosting;

public sealed class WarmUpTests
{
    [Fact]
    public async Task Start_WarmsTheWholePathOfAnAllow()
    {
        await using var lab = await SidecarLab.StartAsync("main");

        Assert.Equal(300, lab.Services.GetRequiredService<WarmUp>().Allows);
    }
}
