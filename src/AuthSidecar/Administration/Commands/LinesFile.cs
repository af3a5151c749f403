using System.Text;

namespace AuthSidecar.Administration.Commands;

/// <summary>Opens an input file of a command.</summary>
internal static class LinesFile
{
    /// <exception cref="CommandFailure">It cannot be read.</exception>
    public static StreamReader Open(string file)
    {
        try
        {
            return new(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandFailure(ExitCode.Refused, "cannot_read", exception.Message);
        }
    }
}
