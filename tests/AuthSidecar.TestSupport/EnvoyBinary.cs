using AuthSidecar.Demo.Proxy;

namespace AuthSidecar.TestSupport;

/// <summary>The Envoys of the tests: the newest and the oldest supported release.</summary>
public enum EnvoyRelease
{
    Newest,
    Oldest,
}

/// <summary>Finds Envoy as the demo does, including the download; the oldest release comes only from its variable or the cache.</summary>
internal static class EnvoyBinary
{
    public const string NewestVersion = "1.40.0";
    public const string OldestVersion = "1.36.4";

    private static readonly EnvoyPin OldestPin = new(OldestVersion, "5a398095d8c1dd363ecc10b6b9dbd82154a8fbb5eb15510d5fb7cbdb9d0b0e59");
    private static readonly Lazy<EnvoySearch> Newest = new(() => Search(EnvoyLocator.OfProcess, fetch: true));
    private static readonly Lazy<EnvoySearch> Oldest = new(() =>
        Search(new(name => name == "PATH" ? null : Environment.GetEnvironmentVariable(name), OldestPin, "ENVOY_BIN_OLD"), fetch: false)
    );

    public static string Path(EnvoyRelease release) => Find(release, out var problem) ?? throw new InvalidOperationException(problem);

    public static string? Find(EnvoyRelease release, out string problem)
    {
        var search = (release is EnvoyRelease.Newest ? Newest : Oldest).Value;
        problem = search.Path is null ? $"{search.Reason}." : "";
        return search.Path;
    }

    private static EnvoySearch Search(EnvoyLocator locator, bool fetch) =>
        locator.FindAsync(fetch, Console.Error.WriteLine, CancellationToken.None).GetAwaiter().GetResult();
}
