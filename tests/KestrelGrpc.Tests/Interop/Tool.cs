using System.ComponentModel;
using System.Diagnostics;

namespace KestrelGrpc.Tests.Interop;

internal static class Tool
{
    /// <returns>What went wrong, or null.</returns>
    public static string? Run(string executable, string[] arguments, TimeSpan patience, string? directory = null)
    {
        try
        {
            var start = new ProcessStartInfo(executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? "" };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(patience))
            {
                process.Kill(entireProcessTree: true);
                return $"{executable} took longer than {patience}";
            }

            return process.ExitCode == 0 ? null : $"{executable} ended with {process.ExitCode}: {errors.Result.Trim()} {output.Result.Trim()}";
        }
        catch (Win32Exception exception)
        {
            return $"{executable} is not there: {exception.Message}";
        }
    }
}
