namespace AuthSidecar.TestSupport.Servers;

internal static class SidecarProgram
{
    /// <summary>The sidecar that <c>TESTS_SIDECAR</c> names, as published by <c>tests/run.sh</c>; else that of the build.</summary>
    public static string Path { get; } =
        Environment.GetEnvironmentVariable("TESTS_SIDECAR") ?? System.IO.Path.Combine(AppContext.BaseDirectory, "authsidecar.dll");
}
