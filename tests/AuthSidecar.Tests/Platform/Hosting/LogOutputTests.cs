using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Tests.Platform.Hosting;

public sealed class LogOutputTests
{
    /// <summary>The server makes an activity and a log scope for each request as soon as this category has any level.</summary>
    [Theory]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", true)]
    [InlineData("AuthSidecar.Any", true)]
    public void Requests_HaveNoActivityOfTheServer(string category, bool isEnabled)
    {
        using var services = new ServiceCollection()
            .AddLogging(logging => LogOutput.Configure(logging, new() { LogLevel = LogThreshold.Debug }))
            .BuildServiceProvider();

        Assert.Equal(isEnabled, services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(LogLevel.Critical));
    }
}
