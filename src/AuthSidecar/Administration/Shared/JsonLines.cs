using System.Text;
using System.Text.Json;

namespace AuthSidecar.Administration.Shared;

/// <summary>Reads a file with a JSON object on each line, all or none. Every invalid line is reported with its number.</summary>
internal static class JsonLines
{
    private const int MostErrors = 50;

    /// <param name="file">Empty lines are skipped, but counted.</param>
    /// <param name="read">Converts a line and its number to an item, or returns the errors of the line.</param>
    /// <param name="identity">Key that must be unique.</param>
    /// <param name="what">Name of that key, for messages.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public static async Task<(List<T> Items, List<string> Errors)> ReadAsync<T>(
        TextReader file,
        Func<JsonElement, int, (T? Item, IReadOnlyList<string> Errors)> read,
        Func<T, object> identity,
        string what,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var items = new List<T>();
        var errors = new List<string>();
        var seen = new Dictionary<object, int>();
        for (var number = 1; await ReadLineAsync(file, errors, number, cancellationToken) is { } line; number++)
        {
            if (line.AsSpan().Trim().IsEmpty)
            {
                continue;
            }

            if (Read(line, number, read, out var lineErrors) is not { } item)
            {
                errors.Add($"line {number}: {string.Join("; ", lineErrors)}");
            }
            else if (!seen.TryAdd(identity(item), number))
            {
                errors.Add($"line {number}: the same {what} as in line {seen[identity(item)]}");
            }
            else
            {
                items.Add(item);
            }
        }

        return (items, errors);
    }

    public static Refusal Refuse(IReadOnlyList<string> errors)
    {
        var shown = errors.Take(MostErrors).ToList();
        if (errors.Count > shown.Count)
        {
            shown.Add($"and {errors.Count - shown.Count} more");
        }

        return Refusal.Conflict("invalid_import", $"Nothing was imported:\n{string.Join('\n', shown)}");
    }

    private static async Task<string?> ReadLineAsync(TextReader file, List<string> errors, int number, CancellationToken cancellationToken)
    {
        try
        {
            return await file.ReadLineAsync(cancellationToken);
        }
        catch (DecoderFallbackException)
        {
            errors.Add($"line {number} or one of the next: is not UTF-8");
            return null;
        }
    }

    private static T? Read<T>(
        string line,
        int number,
        Func<JsonElement, int, (T? Item, IReadOnlyList<string> Errors)> read,
        out IReadOnlyList<string> problems
    )
        where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(line, new() { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                problems = ["is not a JSON object"];
                return null;
            }

            (var item, problems) = read(document.RootElement, number);
            return problems.Count == 0 ? item : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second of text that is not Unicode, such as half of a surrogate pair.
            // The message of the exception could quote the line, which may hold a hash.
            problems = ["is not JSON, or has a duplicate member"];
            return null;
        }
    }
}
