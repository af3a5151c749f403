using AuthSidecar.Demo.Proxy;
using AuthSidecar.Tests.Platform.Storage;

namespace AuthSidecar.Tests.Demo;

public sealed class EnvoyLocatorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, string> _environment = [];

    public EnvoyLocatorTests() => _environment["XDG_CACHE_HOME"] = _directory["cache"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task TheVariable_GoesBeforeThePathAndTheCache()
    {
        Program("bin/envoy");
        Program("cache/authsidecar/envoy-9.9.9");
        _environment["PATH"] = _directory["bin"];
        _environment["ENVOY_BIN"] = Program("own/envoy-of-mine");

        Assert.Equal(new(_environment["ENVOY_BIN"], "ENVOY_BIN"), await FindAsync());
    }

    [Fact]
    public async Task ThePath_GoesBeforeTheCache()
    {
        Program("cache/authsidecar/envoy-9.9.9");
        var installed = Program("second/envoy");
        _environment["PATH"] = $"{_directory["first"]}:{_directory["second"]}";

        Assert.Equal(new(installed, "PATH"), await FindAsync());
    }

    [Fact]
    public async Task TheCache_IsLookedIntoLast()
    {
        var cached = Program("cache/authsidecar/envoy-9.9.9");

        Assert.Equal(new(cached, "cache"), await FindAsync());
    }

    [Fact]
    public async Task AnotherVersionInTheCache_IsNotTaken()
    {
        Program("cache/authsidecar/envoy-9.9.8");

        Assert.Null((await FindAsync()).Path);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task ANamedEnvoyThatCannotBeRun_IsAMistake_AndNothingElseIsTaken(bool exists)
    {
        Program("cache/authsidecar/envoy-9.9.9");
        var named = _environment["ENVOY_BIN"] = _directory["plain"];
        if (exists)
        {
            await File.WriteAllTextAsync(named, "no program");
        }

        var found = await FindAsync();

        Assert.True(found.IsMistake);
        Assert.Null(found.Path);
        Assert.Equal($"ENVOY_BIN names {named}, which is not an executable file", found.Reason);
    }

    [Fact]
    public async Task AFileOnThePathThatCannotBeRun_IsPassedOver()
    {
        Directory.CreateDirectory(_directory["first"]);
        await File.WriteAllTextAsync(_directory["first/envoy"], "no program");
        var installed = Program("second/envoy");
        _environment["PATH"] = $"{_directory["first"]}:{_directory["second"]}";

        Assert.Equal(installed, (await FindAsync()).Path);
    }

    [Fact]
    public async Task NotInstalled_WithoutFetch_IsReported()
    {
        var found = await FindAsync();

        Assert.Equal(new(null, "no Envoy in ENVOY_BIN, on the PATH or in the cache, and downloading is disabled"), found);
        Assert.False(found.IsMistake);
    }

    [Fact]
    public async Task NotInstalled_WithoutPython_IsReported()
    {
        var found = await FindAsync(fetch: true);

        Assert.Equal(new(null, "no Envoy in ENVOY_BIN, on the PATH or in the cache, and no python3 whose pip could fetch one"), found);
    }

    private Task<EnvoySearch> FindAsync(bool fetch = false) =>
        new EnvoyLocator(_environment.GetValueOrDefault, new("9.9.9", "")).FindAsync(fetch, _ => { }, CancellationToken.None);

    private string Program(string name)
    {
        var path = _directory[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "#!/bin/sh\n");
        TestSupport.Programs.Run("/bin/chmod", ["500", path]);
        return path;
    }
}
