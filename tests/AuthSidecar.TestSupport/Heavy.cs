namespace AuthSidecar.TestSupport;

/// <summary>TESTS_HEAVY=1 increases the number of rounds.</summary>
internal static class Heavy
{
    public static bool IsEnabled { get; } = Environment.GetEnvironmentVariable("TESTS_HEAVY") == "1";

    public static T Or<T>(T heavy, T usual) => IsEnabled ? heavy : usual;
}
