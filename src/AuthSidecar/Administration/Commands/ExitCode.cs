namespace AuthSidecar.Administration.Commands;

/// <summary>What the process tells its caller; from <c>sysexits.h</c> where that has a number.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Refused, or not found.</summary>
    public const int Refused = 1;
    public const int WrongWords = 64;
    public const int StoreUnreachable = 69;
    public const int WrongConfiguration = 78;
}
