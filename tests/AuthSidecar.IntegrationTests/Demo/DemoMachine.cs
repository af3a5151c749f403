using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Demo;

/// <summary>
/// A simulated machine for the demo: an empty cache, an empty directory for temporary files, and a PATH that a test fills.
/// </summary>
internal sealed class DemoMachine : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("demo-machine-");
    private readonly Dictionary<string, string> _environment = [];

    public DemoMachine()
    {
        (_environment["HOME"], _environment["XDG_CACHE_HOME"], _environment["TMPDIR"]) = (New("home"), Cache, New("tmp"));
        _environment["PATH"] = New("bin");
    }

    public string Cache => Path.Combine(_directory.FullName, "cache");

    public IReadOnlyDictionary<string, string> Environment => _environment;

    /// <summary>Files left by a run, without those of the .NET runtime.</summary>
    public IEnumerable<string> Leftovers => Directory.EnumerateFileSystemEntries(_environment["TMPDIR"], "authsidecar-*");

    /// <summary>Everything that a running demo has logged so far.</summary>
    public string Logs =>
        string.Concat(Directory.EnumerateFiles(_environment["TMPDIR"], "*.log", SearchOption.AllDirectories).Select(Read));

    public static DemoMachine WithEnvoy()
    {
        var machine = new DemoMachine();
        machine._environment["ENVOY_BIN"] = EnvoyBinary.Path(EnvoyRelease.Newest);
        return machine;
    }

    public DemoMachine With(string name, string value)
    {
        _environment[name] = value;
        return this;
    }

    /// <summary>A script on the PATH; common programs are available to it.</summary>
    public string Program(string name, string lines)
    {
        var path = Path.Combine(_environment["PATH"], name);
        File.WriteAllText(path, $"#!/bin/sh\nPATH=/usr/bin:/bin\n{lines}\n");
        Programs.Run("/bin/chmod", ["500", path]);
        return path;
    }

    public Task<(int ExitCode, string Output, string Error)> DemoAsync(params string[] arguments) =>
        ProductProcess.RunAsync(Environment, arguments);

    public void Dispose() => _directory.Delete(recursive: true);

    private static string Read(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private string New(string name) => _directory.CreateSubdirectory(name).FullName;
}
