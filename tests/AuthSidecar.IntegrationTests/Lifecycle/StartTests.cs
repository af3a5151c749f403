using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>A sidecar that is not ready yet, or never becomes ready.</summary>
public sealed class StartTests : IDisposable
{
    private readonly SidecarSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task BeforeTheWarmUp_ProbeAndHealthReportNotReady()
    {
        var early = new EarlyClient();
        var source = new SettingsSource(_sandbox.ConfigFile, new Dictionary<string, string>(), [], _sandbox.Root);
        using var settings = new SettingsMonitor(
            source,
            SettingsLoader.Load(source),
            TimeProvider.System,
            NullLogger<SettingsMonitor>.Instance
        );
        await using var sidecar = await Sidecar.StartAsync(
            settings,
            services =>
                services.Insert(
                    0,
                    ServiceDescriptor.Singleton<IHostedService>(provider => early.At(provider.GetRequiredService<IServer>()))
                ),
            CancellationToken.None
        );

        Assert.Equal("503 200 NotServing", early.Saw);
        Assert.Equal(
            "200 200 Serving",
            await EarlyClient.VisitAsync(sidecar.Addresses[Listener.Console], sidecar.Addresses[Listener.Check])
        );
        await sidecar.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task InvalidConfiguration_IsReportedInFull_AndNothingStarts()
    {
        _sandbox.Settings["Polices"] = new System.Text.Json.Nodes.JsonObject();
        _sandbox.Settings["Listen"]!["Check"] = "http://example.com:1";
        _sandbox.Settings["Shutdown"]!["DrainSeconds"] = -1;
        _sandbox.Settings["Auth"]!["Peppers"] = new System.Text.Json.Nodes.JsonArray("env:AUTHSIDECAR_TEST_NO_SUCH_VARIABLE");
        _sandbox.Save();

        var (exitCode, output, errors) = await SidecarProcess.RunAsync(_sandbox, "serve");

        Assert.Equal(78, exitCode);
        Assert.Equal("", output);
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line =>
            line.StartsWith("Polices", StringComparison.Ordinal) && line.Contains("Policies", StringComparison.Ordinal)
        );
        Assert.Contains(lines, line => line.StartsWith("Listen:Check", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("Shutdown:DrainSeconds", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("Auth:Peppers:0", StringComparison.Ordinal));
        Assert.Equal(4, lines.Length);
        Assert.False(Directory.Exists(_sandbox.DataDirectory));
    }

    [Theory]
    [InlineData("password-password")]
    [InlineData("carolcarolcarolcarol")]
    [InlineData("fourteen chars")]
    [InlineData("change-me-to-something-else")]
    public async Task WeakPasswordOfTheFirstAdmin_Exits78_WithoutShowingIt(string password)
    {
        _sandbox.Settings["Console"] = new System.Text.Json.Nodes.JsonObject
        {
            ["Bootstrap"] = new System.Text.Json.Nodes.JsonObject
            {
                ["Name"] = "carol",
                ["Password"] = $"file:{_sandbox.WriteSecret("admin", password)}",
            },
        };
        _sandbox.Save();

        var (exitCode, output, errors) = await SidecarProcess.RunAsync(_sandbox, "serve");

        Assert.Equal((78, ""), (exitCode, output));
        Assert.Equal(
            "Console:Bootstrap:Password: must have 15 to 1024 characters, be no placeholder and be hard to guess; generate one, e.g. "
                + "openssl rand -base64 18",
            Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        );
        Assert.DoesNotContain(password, errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_sandbox.DataDirectory));
    }

    [Fact]
    public async Task StoreCannotBeOpened_Exits69AndBindsNothing()
    {
        Directory.CreateDirectory(Path.Combine(_sandbox.DataDirectory, "authsidecar.db"));
        var port = RedisServer.FreePort();

        var (exitCode, output, errors) = await SidecarProcess.RunAsync(_sandbox, "serve", $"--Listen:Check=http://127.0.0.1:{port}");

        Assert.Equal(69, exitCode);
        Assert.DoesNotContain("ready check=", output, StringComparison.Ordinal);
        Assert.Contains("authsidecar.db", Assert.Single(Problems(errors)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataDirectoryCannotBeUsed_Exits69WithASentence()
    {
        File.WriteAllText(_sandbox.DataDirectory, "");

        foreach (var command in new[] { "serve", "migrate" })
        {
            var (exitCode, output, errors) = await SidecarProcess.RunAsync(_sandbox, command);

            Assert.Equal(69, exitCode);
            Assert.DoesNotContain("   at ", $"{output}{errors}", StringComparison.Ordinal);
            Assert.Contains(_sandbox.DataDirectory, errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AddressInUse_Exits1AndNamesIt()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();

        var (exitCode, output, errors) = await SidecarProcess.RunAsync(
            _sandbox,
            "serve",
            $"--Listen:Companion=http://{taken.LocalEndpoint}"
        );

        Assert.Equal(1, exitCode);
        Assert.DoesNotContain("ready check=", output, StringComparison.Ordinal);
        var problem = Assert.Single(Problems(errors));
        Assert.Contains($"{taken.LocalEndpoint}", problem, StringComparison.Ordinal);
        Assert.Contains("in use", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", $"{output}{errors}", StringComparison.Ordinal);
    }

    private static IEnumerable<string> Problems(string errors) =>
        errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("warning: ", StringComparison.Ordinal));
}
