using System.Globalization;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Reports;

/// <summary>Strict reader of a report's query string: unknown and repeated parameters are errors. The first error is kept.</summary>
internal sealed class ReportQuery(IQueryCollection query)
{
    private const string Format = "format";
    private static readonly string[] _formats = ["json", "csv"];

    private Refusal? _refusal;

    /// <summary>The first error so far, or null.</summary>
    public Refusal? Refusal => _refusal;

    /// <summary>Allows these parameters and <c>format</c>, each at most once.</summary>
    public ReportQuery Allow(params IReadOnlyList<string> names)
    {
        IReadOnlyList<string> known = [.. names, Format];
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name))
            {
                Fail($"There is no parameter {name}; known: {string.Join(", ", known)}.");
            }
            else if (values.Count > 1)
            {
                Fail($"The parameter {name} stands more than once.");
            }
        }

        return this;
    }

    public string? Text(string name) => query.TryGetValue(name, out var values) ? values.ToString() : null;

    public UsageGroup Group(string name)
    {
        if (Text(name) is not { } word)
        {
            return UsageGroup.Day;
        }

        var group = UsageGroups.Find(word);
        if (group is null)
        {
            Fail($"{name} \"{word}\" is none of {string.Join(", ", UsageGroups.Words)}.");
        }

        return group ?? UsageGroup.Day;
    }

    public DateOnly? Day(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (!UsageQuery.TryParseDay(text, out var day))
        {
            Fail($"{name} \"{text}\" is not a day such as 2026-01-31.");
        }

        return day;
    }

    public int? Count(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            Fail($"{name} \"{text}\" is not a whole number.");
        }

        return count;
    }

    /// <summary>True when <c>format</c> selects CSV or, without it, <c>Accept</c> prefers CSV to JSON.</summary>
    public bool IsCsv(HttpRequest request)
    {
        if (Text(Format) is not { } format)
        {
            var accept = request.GetTypedHeaders().Accept;
            return Quality(accept, "text", "csv") > Quality(accept, "application", "json");
        }

        if (!_formats.Contains(format))
        {
            Fail($"{Format} \"{format}\" is none of {string.Join(", ", _formats)}.");
        }

        return format == "csv";
    }

    // RFC 9110, 12.5.1: the most specific range that matches decides.
    private static double Quality(IList<Microsoft.Net.Http.Headers.MediaTypeHeaderValue> accept, string type, string subtype) =>
        accept
            .Where(range =>
                range.MatchesAllTypes
                || (
                    range.Type.Equals(type, StringComparison.OrdinalIgnoreCase)
                    && (range.MatchesAllSubTypes || range.SubType.Equals(subtype, StringComparison.OrdinalIgnoreCase))
                )
            )
            .OrderBy(range =>
                range.MatchesAllTypes ? 2
                : range.MatchesAllSubTypes ? 1
                : 0
            )
            .Select(range => range.Quality ?? 1)
            .FirstOrDefault();

    private void Fail(string message) => _refusal ??= Refusal.Invalid(message);
}
