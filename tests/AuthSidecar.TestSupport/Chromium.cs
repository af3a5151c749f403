namespace AuthSidecar.TestSupport;

/// <summary>Looks for the browser: the variable <c>CHROMIUM</c>, or the PATH under the names that distributions give it.</summary>
internal static class Chromium
{
    private static readonly string? _path = Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named
        ? named
        : new[] { "chromium", "chromium-browser", "google-chrome", "google-chrome-stable" }
            .Select(Programs.OnPath)
            .FirstOrDefault(path => path is not null);

    /// <summary>Empty when it is there, else why not.</summary>
    public static string Problem =>
        _path is null ? "chromium is not on the PATH and CHROMIUM does not name one."
        : File.Exists(_path) ? ""
        : $"CHROMIUM names {_path}, which is not there.";

    public static string Path => Problem is { Length: > 0 } problem ? throw new InvalidOperationException(problem) : _path!;
}
