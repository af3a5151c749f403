namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>All fuzz targets by name.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<string> Names { get; } = ["reader", "path", "token"];

    public static async Task<FuzzTarget> OpenAsync(string name) =>
        name switch
        {
            "reader" => await ReaderTarget.OpenAsync(),
            "path" => new PathTarget(),
            "token" => new TokenTarget(),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such target."),
        };
}
