namespace AuthSidecar.TestSupport;

/// <summary>Finds the browser: the variable <c>CHROMIUM</c>, or the PATH under the names that distributions use.</summary>
internal static class Chromium
{
    private static readonly string? _path = Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named
        ? named
        : new[] { "chromium", "chromium-browser", "google-chrome", "google-chrome-stable" }
            .Select(Programs.OnPath)
            .FirstOrDefault(path => path is not null);

    /// <summary>Empty when it is installed, else the reason.</summary>
    public static string Problem =>
        _path is null ? "chromium is not on the PATH and CHROMIUM does not name one."
        : File.Exists(_path) ? ""
        : $"CHROMIUM names {_path}, which is not there.";

    public static string Path => Problem is { Length: > 0 } problem ? throw new InvalidOperationException(problem) : _path!;
}
