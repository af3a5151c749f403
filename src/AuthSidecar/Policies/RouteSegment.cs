using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AuthSidecar.Policies;

/// <summary>What stands between two slashes of a template: literals and parameters in turn.</summary>
internal sealed class RouteSegment
{
    private readonly Part[] _parts;
    private readonly bool _lastIsOptional;

    public RouteSegment(RoutePatternPathSegment segment, RoutePattern pattern)
    {
        _parts = [.. segment.Parts.Select(part => Part.Of(part, pattern))];
        var last = segment.Parts[^1] as RoutePatternParameterPart;
        IsCatchAll = last is { IsCatchAll: true };
        IsOptional = segment.IsSimple && last is not null && (last.IsOptional || last.IsCatchAll || last.Default is not null);
        _lastIsOptional = !segment.IsSimple && last is { IsOptional: true };
    }

    public bool IsCatchAll { get; }

    /// <summary>May be absent when everything after it is.</summary>
    public bool IsOptional { get; }

    public bool Takes(ReadOnlySpan<char> text) =>
        IsCatchAll ? _parts[0].Accepts(text) : Takes(text, _parts) || (_lastIsOptional && Takes(text, _parts.AsSpan(..^2)));

    // From the right, each literal as late as it can stand: that leaves most for the parameter before it, so no other placement could succeed where this one fails.
    private static bool Takes(ReadOnlySpan<char> text, ReadOnlySpan<Part> parts)
    {
        Part? parameter = null;
        for (var index = parts.Length - 1; index >= 0; index--)
        {
            var part = parts[index];
            if (part.Literal is not { } literal)
            {
                parameter = part;
                continue;
            }

            var at = Place(text, literal, isFirst: index == 0, leavesOne: parameter is not null);
            if (at < 0 || parameter?.Accepts(text[(at + literal.Length)..]) is false)
            {
                return false;
            }

            text = text[..at];
            parameter = null;
        }

        return parameter is null ? text.IsEmpty : !text.IsEmpty && parameter.Accepts(text);
    }

    private static int Place(ReadOnlySpan<char> text, string literal, bool isFirst, bool leavesOne)
    {
        if (!leavesOne)
        {
            return text.EndsWith(literal, StringComparison.Ordinal) ? text.Length - literal.Length : -1;
        }

        var within = text.IsEmpty ? text : text[..^1];
        return isFirst ? (within.StartsWith(literal, StringComparison.Ordinal) ? 0 : -1) : within.LastIndexOf(literal, StringComparison.Ordinal);
    }

    private sealed class Part(string? literal, string name, IParameterLiteralNodeMatchingPolicy[] constraints)
    {
        /// <summary>Null for a parameter.</summary>
        public string? Literal => literal;

        public static Part Of(RoutePatternPart part, RoutePattern pattern) => part switch
        {
            RoutePatternLiteralPart { Content: var content } => new(content, "", []),
            RoutePatternSeparatorPart { Content: var content } => new(content, "", []),
            RoutePatternParameterPart { Name: var name } => new(null, name, RouteConstraints.For(name, pattern)),
            _ => throw new RouteCreationException("holds a part of an unknown kind"),
        };

        public bool Accepts(ReadOnlySpan<char> value)
        {
            if (constraints.Length == 0)
            {
                return true;
            }

            var text = value.ToString();
            foreach (var constraint in constraints)
            {
                if (!constraint.MatchesLiteral(name, text))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
