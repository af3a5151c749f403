namespace AuthSidecar.Demo;

/// <summary>The temporary directory of one run: only this user can read it, and it goes when the run ends.</summary>
internal sealed class DemoDirectory : IDisposable
{
    private const int LinesOfALog = 15;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("authsidecar-demo-");

    public string FullName => _directory.FullName;

    public string File(string name) => Path.Combine(FullName, name);

    /// <summary>The ends of the logs, for when something went wrong.</summary>
    public IEnumerable<string> LogTails() =>
        from log in _directory.EnumerateFiles("*.log").OrderBy(log => log.Name)
        from line in System.IO.File.ReadLines(log.FullName).TakeLast(LinesOfALog)
        select $"{log.Name}: {line}";

    public void Dispose() => _directory.Delete(recursive: true);
}
