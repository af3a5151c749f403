using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Settings;

/// <summary>
/// Holds the current configuration and reloads it when its files change. Contents are compared, not times: a symlink swapped by Kubernetes
/// may point to an older file. A change must be the same in two successive polls, so that a half-written file is not loaded.
/// </summary>
internal sealed partial class SettingsMonitor : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private readonly SettingsSource _source;
    private readonly TimeProvider _time;
    private readonly ILogger<SettingsMonitor> _logger;
    private readonly Lock _polling = new();
    private readonly HashSet<string> _paths;
    private readonly List<Func<Snapshot, OptionsReplacement>> _live = [];
    private ITimer? _timer;
    private IReadOnlyDictionary<string, string> _seen;
    private IReadOnlyDictionary<string, string>? _pending;
    private volatile Snapshot _current;
    private volatile ReloadFailure? _failure;

    /// <param name="source">Sources of the settings.</param>
    /// <param name="loaded">The loaded settings, without errors.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public SettingsMonitor(SettingsSource source, SettingsResult loaded, TimeProvider time, ILogger<SettingsMonitor> logger)
    {
        ArgumentNullException.ThrowIfNull(loaded.Settings);
        (_source, _time, _logger) = (source, time, logger);
        _current = new(loaded.Settings, loaded.Warnings);
        _paths = [.. loaded.Files.Paths];
        _seen = loaded.Files.Fingerprint;
    }

    public Snapshot Current => _current;

    /// <summary>Errors of the files on disk; null while they are loaded.</summary>
    public ReloadFailure? LastFailure => _failure;

    /// <summary>A section that reloads replace; its handlers run when one of its values has changed.</summary>
    public LiveOptions<T> Section<T>(Func<SidecarSettings, T> select)
        where T : class => Follow(snapshot => select(snapshot.Settings), SettingsDiff.AreSame);

    /// <summary>A value that each reload compiles anew; its handlers run after every reload, in order of registration.</summary>
    public LiveOptions<T> Compiled<T>(Func<Snapshot, T> select)
        where T : class => Follow(select, null);

    public void Start() => _timer ??= _time.CreateTimer(_ => Poll(), null, _interval, _interval);

    /// <summary>Loads the configuration now, whether or not its files have changed.</summary>
    public void ReloadNow()
    {
        lock (_polling)
        {
            try
            {
                _pending = null;
                Reload();
            }
            catch (Exception exception)
            {
                LogPollFailed(exception);
            }
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Poll()
    {
        if (!_polling.TryEnter())
        {
            return;
        }

        try
        {
            var now = SettingsFiles.Scan(_paths).Fingerprint;
            if (Same(now, _seen))
            {
                _pending = null;
            }
            else if (_pending is null || !Same(now, _pending))
            {
                _pending = now;
            }
            else
            {
                _pending = null;
                Reload();
            }
        }
        catch (Exception exception)
        {
            // A timer's exception would end the process; the next poll may succeed.
            LogPollFailed(exception);
        }
        finally
        {
            _polling.Exit();
        }
    }

    private void Reload()
    {
        var loaded = SettingsLoader.Load(_source);
        _paths.UnionWith(loaded.Files.Paths);
        _seen = SettingsFiles
            .Scan(_paths)
            .Fingerprint.ToDictionary(file => file.Key, file => loaded.Files.Fingerprint.GetValueOrDefault(file.Key, file.Value));
        if (loaded.Settings is not { } settings)
        {
            _failure = new(_time.GetUtcNow(), loaded.Errors);
            LogRejected(loaded.Errors.Count);
            foreach (var error in loaded.Errors)
            {
                LogError(error);
            }

            return;
        }

        var waiting = KeepUntilRestart(settings);
        var changed = SettingsDiff.Changed(_current.Settings, settings);
        var next = new Snapshot(settings, [.. loaded.Warnings, .. waiting]);

        // All sections are compiled and compared before the first is replaced, and all are replaced before any handler runs: a fault
        // leaves the old configuration whole, and a handler that reads another section reads the new one.
        var replacements = _live.Select(prepare => prepare(next)).ToList();
        _current = next;
        replacements.ForEach(replacement => replacement.Apply());
        _failure = null;
        LogReloaded(new KeyList(changed));
        foreach (var warning in _current.Warnings)
        {
            LogWarning(warning);
        }

        foreach (var replacement in replacements)
        {
            replacement.Notify?.Invoke(LogHandlerFailed);
        }
    }

    private LiveOptions<T> Follow<T>(Func<Snapshot, T> select, Func<T, T, bool>? isSame)
        where T : class
    {
        lock (_polling)
        {
            var options = new LiveOptions<T>(select(_current), isSame);
            _live.Add(snapshot => options.Prepare(select(snapshot)));
            return options;
        }
    }

    private List<string> KeepUntilRestart(SidecarSettings settings)
    {
        var kept = SettingShape.Of<SidecarSettings>().Keys.Where(key => key.NeedsRestart).ToList();
        var waiting = SettingsDiff
            .Changed(_current.Settings, settings)
            .Where(path =>
                kept.Exists(key =>
                    Holds(key.Name, path)
                    && !key.Shape.Keys.Any(inner => inner.Reloads && Holds(SettingPath.Join(key.Name, inner.Name), path))
                )
            )
            .Select(path => $"{path}: changed, but the old value holds until a restart")
            .ToList();
        foreach (var key in kept)
        {
            Keep(key, settings, _current.Settings);
        }

        return waiting;
    }

    private static void Keep(SettingKey key, object settings, object before)
    {
        if (!key.Shape.Keys.Any(inner => inner.Reloads))
        {
            key.Set(settings, key.Get(before));
            return;
        }

        var (section, old) = (key.Get(settings)!, key.Get(before)!);
        foreach (var inner in key.Shape.Keys.Where(inner => !inner.Reloads))
        {
            inner.Set(section, inner.Get(old));
        }
    }

    private static bool Holds(string name, string path) => path == name || path.StartsWith(name + ":", StringComparison.Ordinal);

    private static bool Same(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other) =>
        one.Count == other.Count && one.All(file => other.TryGetValue(file.Key, out var content) && content == file.Value);

    private readonly record struct KeyList(IReadOnlyList<string> Keys)
    {
        public override string ToString() => string.Join(", ", Keys);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Configuration reloaded; changed: {Keys}.")]
    private partial void LogReloaded(KeyList keys);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Configuration: {Warning}")]
    private partial void LogWarning(string warning);

    [LoggerMessage(Level = LogLevel.Error, Message = "Configuration reload rejected: {Count} errors; keeping the previous configuration.")]
    private partial void LogRejected(int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Configuration: {Error}")]
    private partial void LogError(string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reload handler of {Consumer} failed; it may keep the previous configuration.")]
    private partial void LogHandlerFailed(Exception exception, string consumer);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reading the configuration files failed; retrying.")]
    private partial void LogPollFailed(Exception exception);
}
