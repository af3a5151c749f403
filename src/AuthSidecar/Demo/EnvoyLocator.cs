namespace AuthSidecar.Demo;

/// <summary>Finds an Envoy: <c>ENVOY_BIN</c>, the PATH, the user's cache, and at last one fetch of a pinned release.</summary>
internal static class EnvoyLocator
{
    public const string Version = "1.40.0";

    /// <param name="fetch">False: never downloads.</param>
    /// <param name="say">Told what is about to be done, before it is done.</param>
    /// <returns>The binary's path, or null with the reason.</returns>
    public static async Task<(string? Path, string Reason)> FindAsync(bool fetch, Action<string> say, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("ENVOY_BIN") is { Length: > 0 } named)
        {
            return File.Exists(named) ? (named, "ENVOY_BIN") : (null, $"ENVOY_BIN names {named}, which is not there");
        }

        if (OnPath("envoy") is { } installed)
        {
            return (installed, "PATH");
        }

        var cached = CachePath;
        if (File.Exists(cached))
        {
            return (cached, "cache");
        }

        return fetch
            ? await EnvoyFetcher.FetchAsync(cached, say, cancellationToken)
            : (null, "no Envoy in ENVOY_BIN, on the PATH or in the cache, and fetching was not wanted");
    }

    /// <summary>Where a fetched release is kept.</summary>
    private static string CachePath => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "authsidecar",
        $"envoy-{Version}");

    private static string? OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(IsExecutable);

    private static bool IsExecutable(string path) => File.Exists(path) && (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) != 0;
}
