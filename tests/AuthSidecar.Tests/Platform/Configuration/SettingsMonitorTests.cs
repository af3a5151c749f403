using AuthSidecar.Administration.Settings;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Platform.Configuration;

public sealed class SettingsMonitorTests : IDisposable
{
    private const string Good =
        """{ "Auth": { "Peppers": ["file:pepper"] }, "Policies": { "a": {} }, "Rules": [ { "Path": "/a", "Policy": "a" } ] }""";

    private readonly SettingsDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly ListLogger _log = new();
    private readonly List<Snapshot> _told = [];
    private SettingsMonitor? _monitor;

    [Fact]
    public void NothingChanges_NothingIsReloaded()
    {
        var monitor = Start(Good);
        var before = monitor.Current;

        Look(5);

        Assert.Same(before, monitor.Current);
        Assert.Empty(_told);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void FileIsTouchedOnly_NothingIsReloaded()
    {
        var monitor = Start(Good);
        var before = monitor.Current;

        _directory.Write("authsidecar.json", Good);
        File.SetLastWriteTimeUtc(Path.Combine(_directory.Root, "authsidecar.json"), DateTime.UnixEpoch);
        Look(3);

        Assert.Same(before, monitor.Current);
    }

    [Fact]
    public void ValidChange_IsAppliedOnceStable()
    {
        var monitor = Start(Good);

        _directory.Write("authsidecar.json", Good.Replace("\"/a\"", "\"/b\"", StringComparison.Ordinal));
        Look(1);
        Assert.Equal("a", monitor.Current.Policies.Match("h", "GET", "/a")?.Name);
        Look(1);

        Assert.Null(monitor.Current.Policies.Match("h", "GET", "/a"));
        Assert.Equal("a", monitor.Current.Policies.Match("h", "GET", "/b")?.Name);
        Assert.Same(monitor.Current, Assert.Single(_told));
        Assert.Contains("Information: Configuration reloaded; changed: Rules:0:Path.", _log.Lines);
    }

    [Fact]
    public void FileIsStillBeingWritten_IsNotReadYet()
    {
        var monitor = Start(Good);

        foreach (var half in new[] { "{", """{ "Policies": {} """, """{ "Policies": {} }""" })
        {
            _directory.Write("authsidecar.json", half);
            Look(1);
        }

        Assert.Empty(_log.Lines);
        Look(1);
        Assert.Null(monitor.Current.Policies.ByName("a"));
    }

    [Fact]
    public void InvalidChange_KeepsTheOldLogsTheReasonAndRecovers()
    {
        var monitor = Start(Good);
        var before = monitor.Current;

        _directory.Write("authsidecar.json", """{ "Policys": {}, "Auth": { "Peppers": ["env:NONE"] } }""");
        Look(2);

        string[] errors = ["Policys: unknown; did you mean Policies?", "Auth:Peppers:0: environment variable NONE is not set"];
        Assert.Same(before, monitor.Current);
        Assert.Equal(errors, monitor.LastFailure!.Errors);
        Assert.Equal(_time.GetUtcNow(), monitor.LastFailure.At);
        Assert.Equal(
            [
                "Error: Configuration reload rejected: 2 errors; keeping the previous configuration.",
                .. errors.Select(error => $"Error: Configuration: {error}"),
            ],
            _log.Lines
        );

        Look(5);
        Assert.Equal(3, _log.Lines.Count);

        _directory.Write("authsidecar.json", Good);
        Look(2);
        Assert.Null(monitor.LastFailure);
        Assert.NotSame(before, monitor.Current);
    }

    [Fact]
    public void ConfigFileVanishes_KeepsTheOld()
    {
        _directory.ConfigFile = "authsidecar.json";
        var monitor = Start(Good);

        File.Delete(Path.Combine(_directory.Root, "authsidecar.json"));
        Look(2);

        Assert.NotNull(monitor.Current.Policies.ByName("a"));
        Assert.Equal([$"--config: file {_directory.Root}/authsidecar.json does not exist"], monitor.LastFailure!.Errors);
    }

    [Fact]
    public void DefaultFileAppearsLater_IsRead()
    {
        var monitor = Start(null);

        _directory.Write("authsidecar.json", Good);
        Look(2);

        Assert.NotNull(monitor.Current.Policies.ByName("a"));
    }

    [Fact]
    public void SecretFileIsRotated_IsTakenOver()
    {
        var monitor = Start(Good);

        _directory.Write("pepper", "number-two-of-the-secrets\n");
        Look(2);

        Assert.Equal("number-two-of-the-secrets", monitor.Current.Settings.Auth.Peppers[0].Reveal());
        Assert.DoesNotContain(_log.Lines, line => line.Contains("number-two-of-the-secrets", StringComparison.Ordinal));
    }

    [Fact]
    public void SecretFileOfANewConfiguration_IsWatchedToo()
    {
        var monitor = Start("{}");
        _directory.Write("authsidecar.json", Good);
        Look(2);

        _directory.Write("pepper", "number-three-of-the-secrets");
        Look(2);

        Assert.Equal("number-three-of-the-secrets", monitor.Current.Settings.Auth.Peppers[0].Reveal());
    }

    [Fact]
    public void SecretFileThatWasMissing_IsTakenOverWhenItComes()
    {
        var monitor = Start("{}");
        _directory.Write("authsidecar.json", Good.Replace("file:pepper", "file:late", StringComparison.Ordinal));
        Look(2);
        Assert.NotNull(monitor.LastFailure);

        _directory.Write("late", "number-late-of-the-secrets");
        Look(2);

        Assert.Equal("number-late-of-the-secrets", monitor.Current.Settings.Auth.Peppers[0].Reveal());
    }

    /// <summary>
    /// Kubernetes replaces mounted files by renaming the symlink of the data directory; the new file may be older.
    /// </summary>
    [Fact]
    public void SymlinkIsSwapped_IsTakenOver()
    {
        foreach (var version in new[] { "number-one-of-the-secrets", "number-two-of-the-secrets" })
        {
            Directory.CreateDirectory(Path.Combine(_directory.Root, version));
            var file = _directory.Write($"{version}/key", version);
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        }

        Link("number-one-of-the-secrets");
        File.CreateSymbolicLink(Path.Combine(_directory.Root, "key"), "data/key");
        var monitor = Start("""{ "Providers": { "p": { "Credential": "file:key" } }, "Policies": { "p": { "Provider": "p" } } }""");
        Assert.Equal("number-one-of-the-secrets", monitor.Current.Policies.ByName("p")!.Provider!.Credential!.Reveal());

        Link("number-two-of-the-secrets");
        Look(2);

        Assert.Equal("number-two-of-the-secrets", monitor.Current.Policies.ByName("p")!.Provider!.Credential!.Reveal());
    }

    [Fact]
    public void SettingThatNeedsARestart_IsKeptAndWarnedOf()
    {
        var monitor = Start(Good);

        _directory.Write(
            "authsidecar.json",
            """{ "Listen": { "Check": "http://127.0.0.1:1" }, "DataDirectory": "x", "Cache": { "Capacity": 5 }, "Limits": { "UserPermits": 5 }, "Policies": { "b": {} } }"""
        );
        Look(2);

        Assert.Equal("http://127.0.0.1:9001", monitor.Current.Settings.Listen.Check);
        Assert.Equal(Path.Combine(_directory.Root, "authsidecar-data"), monitor.Current.Settings.DataDirectory);
        Assert.Equal(5, monitor.Current.Settings.Limits.UserPermits);
        Assert.NotNull(monitor.Current.Policies.ByName("b"));
        string[] waiting =
        [
            "Listen:Check: changed, but the old value holds until a restart",
            "DataDirectory: changed, but the old value holds until a restart",
            "Cache:Capacity: changed, but the old value holds until a restart",
        ];
        Assert.Equal(waiting, monitor.Current.Warnings.Where(warning => warning.Contains("restart", StringComparison.Ordinal)));
        Assert.All(waiting, warning => Assert.Contains($"Warning: Configuration: {warning}", _log.Lines));
    }

    [Fact]
    public void SecretsOfCheck_AreReplacedWithoutARestart_AndNothingElseOfTheListener()
    {
        _directory.Write("secret", "number-one-of-the-secrets");
        var monitor = Start(""" { "Listen": { "Check": "http://127.0.0.1:1", "CheckSecrets": ["file:secret"] } } """);
        Assert.True(monitor.Current.CheckSecrets.Accept("Bearer number-one-of-the-secrets"));

        _directory.Write(
            "authsidecar.json",
            """ { "Listen": { "Check": "http://127.0.0.1:2", "CheckSecrets": ["file:secret", "file:next"] } } """
        );
        _directory.Write("next", "number-two-of-the-secrets");
        Look(2);
        Assert.True(
            monitor.Current.CheckSecrets.Accept("Bearer number-one-of-the-secrets")
                && monitor.Current.CheckSecrets.Accept("Bearer number-two-of-the-secrets")
        );
        Assert.Equal("http://127.0.0.1:1", monitor.Current.Settings.Listen.Check);
        Assert.Equal(
            ["Listen:Check: changed, but the old value holds until a restart"],
            monitor.Current.Warnings.Where(warning => warning.Contains("restart", StringComparison.Ordinal))
        );

        _directory.Write("secret", "number-three-of-the-secrets");
        Look(2);
        Assert.False(monitor.Current.CheckSecrets.Accept("Bearer number-one-of-the-secrets"));
        Assert.True(monitor.Current.CheckSecrets.Accept("Bearer number-three-of-the-secrets"));
    }

    [Fact]
    public void ConsumerThatThrows_StopsNeitherTheOthersNorTheNextReload()
    {
        var monitor = Start(Good);
        var auth = monitor.Section(settings => settings.Auth);
        auth.Changed += (_, _) => throw new InvalidOperationException("no");
        var last = 0;
        auth.Changed += (_, _) => last++;

        foreach (var pepper in new[] { "number-two-of-the-secrets", "number-three-of-the-secrets" })
        {
            _directory.Write("pepper", pepper);
            Look(2);
        }

        Assert.Equal(2, last);
        Assert.Equal(
            2,
            _log.Lines.Count(line =>
                line.Contains(nameof(SettingsMonitorTests), StringComparison.Ordinal)
                && line.EndsWith("failed; it may keep the previous configuration.", StringComparison.Ordinal)
            )
        );
    }

    [Fact]
    public void Disposed_StopsPolling()
    {
        var monitor = Start(Good);
        monitor.Dispose();

        _directory.Write("pepper", "number-two-of-the-secrets");
        Look(5);

        Assert.Empty(_told);
    }

    public void Dispose()
    {
        _monitor?.Dispose();
        _directory.Dispose();
    }

    private SettingsMonitor Start(string? json)
    {
        _directory.Write("pepper", "number-one-of-the-secrets");
        if (json is not null)
        {
            _directory.Write("authsidecar.json", json);
        }

        _monitor = new(_directory.Source, _directory.Load(), _time, _log);
        _monitor.Compiled(snapshot => snapshot).Changed += (_, snapshot) => _told.Add(snapshot);
        _monitor.Start();
        return _monitor;
    }

    private void Look(int times)
    {
        for (var look = 0; look < times; look++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private void Link(string version)
    {
        var fresh = Path.Combine(_directory.Root, "data.new");
        Directory.CreateSymbolicLink(fresh, version);
        var data = Path.Combine(_directory.Root, "data");
        if (Directory.Exists(data))
        {
            Directory.Delete(data);
        }

        Directory.Move(fresh, data);
    }

    private sealed class ListLogger : ILogger<SettingsMonitor>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Lines.Add($"{logLevel}: {formatter(state, exception)}");
    }
}
