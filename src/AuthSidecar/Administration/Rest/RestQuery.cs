using System.Globalization;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Administration.Rest;

/// <summary>Strict reader of the query string. Every wrong value is a <see cref="RestException"/> with status 400.</summary>
internal sealed class RestQuery(HttpRequest request)
{
    private const int UsualLimit = 50;
    private static readonly string[] _formats = ["json", "csv"];

    private readonly IQueryCollection _query = request.Query;

    /// <summary>Refuses parameters that the route does not have, and repeated ones.</summary>
    public void Check(IReadOnlyList<RestParameter> known)
    {
        foreach (var (name, values) in _query)
        {
            if (!known.Any(parameter => parameter.Name == name))
            {
                var names = string.Join(", ", known.Select(parameter => parameter.Name));
                throw RestException.Invalid($"There is no parameter {name}; known: {(names.Length > 0 ? names : "none")}.", name);
            }

            if (values.Count > 1)
            {
                throw RestException.Invalid($"The parameter {name} stands more than once.", name);
            }
        }
    }

    public string? Text(string name) => _query.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>The value of an enumeration by its word; null: the parameter is missing.</summary>
    public T? Word<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        foreach (var value in Enum.GetValues<T>())
        {
            if (RestParameter.WordOf(value) == text)
            {
                return value;
            }
        }

        throw RestException.Invalid($"{name} \"{text}\" is none of {string.Join(", ", RestParameter.WordsOf<T>())}.", name);
    }

    public DateOnly? Day(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return UsageQuery.TryParseDay(text, out var day)
            ? day
            : throw RestException.Invalid($"{name} \"{text}\" is not a day such as 2026-01-31.", name);
    }

    /// <summary>A duration such as <c>14d</c>.</summary>
    public TimeSpan? Duration(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return Durations.TryParse(text, out var span)
            ? span
            : throw RestException.Invalid($"{name} \"{text}\" is not a duration such as 14d.", name);
    }

    public int? Count(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw RestException.Invalid($"{name} \"{text}\" is not a whole number.", name);
    }

    /// <summary>A whole number within bounds.</summary>
    public int? Count(string name, int least, int most) =>
        Count(name) is not { } count ? null
        : count >= least && count <= most ? count
        : throw RestException.Invalid($"{name} must be {least} to {most}, not {count}.", name);

    /// <summary>Items of a page: <c>limit</c>, 1 to <see cref="ListFilter.Most"/>.</summary>
    public int Limit() => Count(RestParameter.Limit.Name, 1, ListFilter.Most) ?? UsualLimit;

    /// <summary>The end of the page before: <c>cursor</c>; null: from the beginning.</summary>
    public string? Cursor() => Text(RestParameter.Cursor.Name);

    /// <summary>True when <c>format</c> selects CSV or, without it, <c>Accept</c> prefers CSV to JSON.</summary>
    public bool IsCsv()
    {
        if (Text(RestParameter.Format.Name) is not { } format)
        {
            var accept = request.GetTypedHeaders().Accept;
            return MediaTypes.Quality(accept, "text", "csv") > MediaTypes.Quality(accept, "application", "json");
        }

        return _formats.Contains(format)
            ? format == "csv"
            : throw RestException.Invalid($"format \"{format}\" is none of {string.Join(", ", _formats)}.", "format");
    }
}
