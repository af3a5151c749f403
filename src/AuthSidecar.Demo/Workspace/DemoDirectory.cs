namespace AuthSidecar.Demo.Workspace;

/// <summary>The temporary directory of one run: readable by this user only and deleted at the end.</summary>
internal sealed class DemoDirectory : IDisposable
{
    private const int LinesOfALog = 15;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("authsidecar-demo-");

    public string FullName => _directory.FullName;

    public string File(string name) => Path.Combine(FullName, name);

    /// <summary>The last lines of each log, for error messages.</summary>
    public IEnumerable<string> LogTails() =>
        from log in _directory.EnumerateFiles("*.log").OrderBy(log => log.Name)
        from line in System.IO.File.ReadLines(log.FullName).TakeLast(LinesOfALog)
        select $"{log.Name}: {line}";

    public void Dispose() => _directory.Delete(recursive: true);
}
