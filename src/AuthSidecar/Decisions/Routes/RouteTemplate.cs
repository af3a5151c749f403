using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AuthSidecar.Decisions.Routes;

/// <summary>
/// A path in ASP.NET's route syntax, but case-sensitive and with a significant trailing slash, which ASP.NET's matcher does not support.
/// <c>/a/{**rest}</c> matches <c>/a</c>, <c>/a/</c> and all paths below; a parameter never matches an empty segment.
/// </summary>
internal sealed class RouteTemplate
{
    private readonly RouteSegment[] _segments;
    private readonly int _required;
    private readonly bool _endsWithSlash;

    private RouteTemplate(RouteSegment[] segments, bool endsWithSlash)
    {
        _segments = segments;
        _required = Array.FindLastIndex(segments, segment => !segment.IsOptional) + 1;
        _endsWithSlash = endsWithSlash;
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out RouteTemplate? template, [NotNullWhen(false)] out string? error)
    {
        template = null;
        error = SyntaxError(text);
        if (error is not null)
        {
            return false;
        }

        try
        {
            var pattern = RoutePatternFactory.Parse(text);
            var segments = pattern.PathSegments.Select(segment => new RouteSegment(segment, pattern)).ToArray();
            template = new(segments, text.Length > 1 && text.EndsWith('/'));
            return true;
        }
        catch (Exception exception) when (exception is RoutePatternException or RouteCreationException)
        {
            error = (exception.InnerException ?? exception).Message;
            return false;
        }
    }

    /// <summary>True when every matching path has a value for the parameter, in one segment.</summary>
    public bool Requires(string parameter) => Array.Exists(_segments, segment => segment.Requires(parameter));

    /// <param name="path">Decoded, without query.</param>
    public bool IsMatch(ReadOnlySpan<char> path) => IsMatch(path, "", out _);

    /// <param name="path">Decoded, without query.</param>
    /// <param name="parameter">Name of a parameter.</param>
    /// <param name="value">Value of the parameter, or empty.</param>
    public bool IsMatch(ReadOnlySpan<char> path, string parameter, out ReadOnlySpan<char> value)
    {
        value = default;
        if (path.IsEmpty || path[0] != '/')
        {
            return false;
        }

        var rest = path[1..];
        var ended = rest.IsEmpty;
        for (var index = 0; index < _segments.Length; index++)
        {
            var segment = _segments[index];
            if (segment.IsCatchAll)
            {
                return segment.Matches(rest);
            }

            if (rest.IsEmpty)
            {
                return index >= _required && ended != _endsWithSlash;
            }

            var slash = rest.IndexOf('/');
            if (!segment.Matches(slash < 0 ? rest : rest[..slash], parameter, out var bound))
            {
                return false;
            }

            value = bound.IsEmpty ? value : bound;
            ended = slash < 0;
            rest = ended ? default : rest[(slash + 1)..];
        }

        return rest.IsEmpty && ended != _endsWithSlash;
    }

    private static string? SyntaxError(string text)
    {
        if (!text.StartsWith('/'))
        {
            return "must start with /";
        }

        var percent = text.IndexOf('%', StringComparison.Ordinal);
        if (percent >= 0 && percent + 2 < text.Length && char.IsAsciiHexDigit(text[percent + 1]) && char.IsAsciiHexDigit(text[percent + 2]))
        {
            return "is compared with the decoded path; write the character itself instead of its escape";
        }

        return text.EndsWith("}/", StringComparison.Ordinal) && text.Contains("{*", StringComparison.Ordinal)
            ? "a catch-all takes the slash too; write nothing after it"
            : null;
    }
}
