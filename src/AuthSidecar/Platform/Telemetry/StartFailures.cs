namespace AuthSidecar.Platform.Telemetry;

/// <summary>A failed start ends with a sentence and an exit code; the stack traces of the server and the host say no more.</summary>
internal static class StartFailures
{
    public static bool AreReportedElsewhere(string category, Exception? exception) =>
        exception is IOException
        && (
            category == "Microsoft.Extensions.Hosting.Internal.Host"
            || category.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal)
        )
        && exception.Message.StartsWith("Failed to bind", StringComparison.Ordinal);
}
