namespace AuthSidecar.Administration.Commands;

/// <summary>Exit codes of the process; from <c>sysexits.h</c> if defined there.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Refused or not found.</summary>
    public const int Refused = 1;
    public const int UsageError = 64;

    /// <summary>The store, or the server of <c>login</c>, cannot be reached.</summary>
    public const int Unreachable = 69;
    public const int ConfigurationError = 78;
}
