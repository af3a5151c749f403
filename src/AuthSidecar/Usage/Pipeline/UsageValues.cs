namespace AuthSidecar.Usage.Pipeline;

/// <summary>Conventions shared by all usage reporters.</summary>
internal static class UsageValues
{
    /// <summary>Lowest HTTP status of an error.</summary>
    public const int FirstErrorStatus = 400;

    /// <summary>Protobuf and headers write an unknown value as an empty text, usage columns as null.</summary>
    public static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
