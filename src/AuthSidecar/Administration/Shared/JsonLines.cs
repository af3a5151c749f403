using System.Text;
using System.Text.Json;

namespace AuthSidecar.Administration.Shared;

/// <summary>
/// A file with a JSON object on each line, of which all are imported or none. The error lists every bad line with its number.
/// </summary>
internal static class JsonLines
{
    private const int MostComplaints = 50;

    /// <param name="file">Empty lines in it count, and are passed over.</param>
    /// <param name="read">Makes an item of a line and its number; complaints when it cannot.</param>
    /// <param name="identity">What no two items may have in common.</param>
    /// <param name="what">A word or two for that.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<(List<T> Items, List<string> Complaints)> ReadAsync<T>(
        TextReader file,
        Func<JsonElement, int, (T? Item, IReadOnlyList<string> Complaints)> read,
        Func<T, object> identity,
        string what,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var items = new List<T>();
        var complaints = new List<string>();
        var seen = new Dictionary<object, int>();
        for (var number = 1; await ReadLineAsync(file, complaints, number, cancellationToken) is { } line; number++)
        {
            if (line.AsSpan().Trim().IsEmpty)
            {
                continue;
            }

            if (Read(line, number, read, out var problems) is not { } item)
            {
                complaints.Add($"line {number}: {string.Join("; ", problems)}");
            }
            else if (!seen.TryAdd(identity(item), number))
            {
                complaints.Add($"line {number}: the same {what} as in line {seen[identity(item)]}");
            }
            else
            {
                items.Add(item);
            }
        }

        return (items, complaints);
    }

    public static Refusal Refuse(IReadOnlyList<string> complaints)
    {
        var listed = complaints.Take(MostComplaints).ToList();
        if (complaints.Count > listed.Count)
        {
            listed.Add($"and {complaints.Count - listed.Count} more");
        }

        return Refusal.Conflict("invalid_import", $"Nothing was imported:\n{string.Join('\n', listed)}");
    }

    private static async Task<string?> ReadLineAsync(
        TextReader file,
        List<string> complaints,
        int number,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await file.ReadLineAsync(cancellationToken);
        }
        catch (DecoderFallbackException)
        {
            complaints.Add($"line {number} or one of the next: is not UTF-8");
            return null;
        }
    }

    private static T? Read<T>(
        string line,
        int number,
        Func<JsonElement, int, (T? Item, IReadOnlyList<string> Complaints)> read,
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
        catch (JsonException)
        {
            // Its own text could quote the line, which may hold a hash.
            problems = ["is not JSON, or names something twice"];
            return null;
        }
    }
}
