using System.Text;

namespace AuthSidecar.Administration.Commands;

internal static class Terminal
{
    /// <summary>Columns of the terminal at standard error; 0: none, or one without Unicode or colours.</summary>
    public static int Width() =>
        Console.IsErrorRedirected
        || Console.Error.Encoding.CodePage != Encoding.UTF8.CodePage
        || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb"
        || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 }
            ? 0
            : Console.WindowWidth;

    /// <summary>Reads a line without echo; the prompt goes to standard error.</summary>
    /// <returns>Null: standard input is no terminal.</returns>
    public static string? Ask(string prompt)
    {
        if (Console.IsInputRedirected)
        {
            return null;
        }

        Console.Error.Write(prompt);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length -= typed.Length > 0 ? 1 : 0;
            }
            else if (key.KeyChar != 0)
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
