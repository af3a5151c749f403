using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Settings;

/// <summary>
/// Holds the configuration in force and follows the files it came from. Contents are compared, not times: a symlink that Kubernetes swaps
/// may point to an older file.
/// A change counts when it has stood still for one look, so that a half-written file is not taken for the whole.
/// </summary>
internal sealed partial class SettingsMonitor : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private readonly SettingsSource _source;
    private readonly TimeProvider _time;
    private readonly ILogger<SettingsMonitor> _logger;
    private readonly Lock _looking = new();
    private readonly HashSet<string> _paths;
    private readonly List<Func<Snapshot, OptionsReplacement>> _live = [];
    private ITimer? _timer;
    private IReadOnlyDictionary<string, string> _seen;
    private IReadOnlyDictionary<string, string>? _moving;
    private volatile Snapshot _current;
    private volatile ReloadFailure? _failure;

    /// <param name="source">Where the settings came from.</param>
    /// <param name="loaded">What was loaded from there, without errors.</param>
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

    /// <summary>Null while what is on disk is what is in force.</summary>
    public ReloadFailure? LastFailure => _failure;

    /// <summary>A section that follows reloads; its handlers run when a value in it has changed.</summary>
    public LiveOptions<T> Section<T>(Func<SidecarSettings, T> select)
        where T : class => Follow(snapshot => select(snapshot.Settings), SettingsDiff.AreSame);

    /// <summary>
    /// A value that each reload compiles anew; its handlers run after every reload, after those that were asked for before it.
    /// </summary>
    public LiveOptions<T> Compiled<T>(Func<Snapshot, T> select)
        where T : class => Follow(select, null);

    public void Start() => _timer ??= _time.CreateTimer(_ => Look(), null, _interval, _interval);

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        if (!_looking.TryEnter())
        {
            return;
        }

        try
        {
            var now = SettingsFiles.Scan(_paths).Fingerprint;
            if (Same(now, _seen))
            {
                _moving = null;
            }
            else if (_moving is null || !Same(now, _moving))
            {
                _moving = now;
            }
            else
            {
                _moving = null;
                Reload();
            }
        }
        catch (Exception exception)
        {
            // A timer's exception would end the process; the next look may succeed.
            LogLookFailed(exception);
        }
        finally
        {
            _looking.Exit();
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
            LogRefused(loaded.Errors.Count);
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
        lock (_looking)
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

    [LoggerMessage(Level = LogLevel.Error, Message = "The changed configuration has {Count} errors, so the one before stays in force.")]
    private partial void LogRefused(int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Configuration: {Error}")]
    private partial void LogError(string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Consumer} failed to take the changed configuration over.")]
    private partial void LogHandlerFailed(Exception exception, string consumer);

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration's files could not be compared.")]
    private partial void LogLookFailed(Exception exception);
}
