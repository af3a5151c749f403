namespace AuthSidecar.TestKit;

/// <summary>The Envoys that the product is tried on: the newest and the oldest it supports.</summary>
public enum EnvoyRelease
{
    Newest,
    Oldest,
}

/// <summary>Looks for Envoy where the demo does: a variable, the PATH (newest only), the user's cache.</summary>
internal static class EnvoyBinary
{
    public const string NewestVersion = "1.40.0";
    public const string OldestVersion = "1.36.4";

    private static string CacheDirectory => Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named
        ? named
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    public static string Path(EnvoyRelease release)
        => Find(release, out var problem) ?? throw new InvalidOperationException(problem);

    public static string? Find(EnvoyRelease release, out string problem)
    {
        var (variable, version) = release is EnvoyRelease.Newest ? ("ENVOY_BIN", NewestVersion) : ("ENVOY_BIN_OLD", OldestVersion);
        problem = "";
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named)
        {
            problem = File.Exists(named) ? "" : $"{variable} names {named}, which is not there.";
            return problem.Length == 0 ? named : null;
        }

        var cached = System.IO.Path.Combine(CacheDirectory, "authsidecar", $"envoy-{version}");
        var found = (release is EnvoyRelease.Newest ? Programs.OnPath("envoy") : null) ?? (File.Exists(cached) ? cached : null);
        problem = found is null ? $"No Envoy {version}: set {variable}, or put it at {cached}." : "";
        return found;
    }
}
