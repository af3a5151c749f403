using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AuthSidecar.Decisions.Routes;

/// <summary>One segment of a template: alternating literals and parameters.</summary>
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

    /// <summary>True when the segment may be absent together with all that follow.</summary>
    public bool IsOptional { get; }

    /// <summary>True when every match of the segment has a value for the parameter.</summary>
    public bool Requires(string parameter) =>
        !IsOptional
        && !IsCatchAll
        && Array.FindIndex(_parts, part => part.Name == parameter) is var index and >= 0
        && !(_lastIsOptional && index == _parts.Length - 1);

    public bool Matches(ReadOnlySpan<char> text) => Matches(text, "", out _);

    /// <param name="text">A segment of a path.</param>
    /// <param name="parameter">Name of a parameter.</param>
    /// <param name="value">Value of the parameter, or empty.</param>
    public bool Matches(ReadOnlySpan<char> text, string parameter, out ReadOnlySpan<char> value)
    {
        value = default;
        return IsCatchAll
            ? _parts[0].Accepts(text)
            : Matches(text, _parts, parameter, ref value) || (_lastIsOptional && Matches(text, _parts.AsSpan(..^2), parameter, ref value));
    }

    // Matches from the right with each literal at its last position. This leaves the longest value for the preceding parameter, so no
    // backtracking is needed.
    private static bool Matches(ReadOnlySpan<char> text, ReadOnlySpan<Part> parts, string wanted, ref ReadOnlySpan<char> value)
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

            var at = IndexOf(text, literal, isFirst: index == 0, leavesOne: parameter is not null);
            if (at < 0 || (parameter is not null && !Bind(parameter, text[(at + literal.Length)..], wanted, ref value)))
            {
                return false;
            }

            text = text[..at];
            parameter = null;
        }

        return parameter is null ? text.IsEmpty : !text.IsEmpty && Bind(parameter, text, wanted, ref value);
    }

    private static bool Bind(Part parameter, ReadOnlySpan<char> text, string wanted, ref ReadOnlySpan<char> value)
    {
        if (parameter.Name == wanted)
        {
            value = text;
        }

        return parameter.Accepts(text);
    }

    private static int IndexOf(ReadOnlySpan<char> text, string literal, bool isFirst, bool leavesOne)
    {
        if (!leavesOne)
        {
            return text.EndsWith(literal, StringComparison.Ordinal) ? text.Length - literal.Length : -1;
        }

        var within = text.IsEmpty ? text : text[..^1];
        return isFirst
            ? (within.StartsWith(literal, StringComparison.Ordinal) ? 0 : -1)
            : within.LastIndexOf(literal, StringComparison.Ordinal);
    }

    private sealed class Part(string? literal, string name, IParameterLiteralNodeMatchingPolicy[] constraints)
    {
        /// <summary>Null for a parameter.</summary>
        public string? Literal => literal;

        /// <summary>Empty for a literal.</summary>
        public string Name => name;

        public static Part Of(RoutePatternPart part, RoutePattern pattern) =>
            part switch
            {
                RoutePatternLiteralPart { Content: var content } => new(content, "", []),
                RoutePatternSeparatorPart { Content: var content } => new(content, "", []),
                RoutePatternParameterPart { Name: var name } => new(null, name, RouteConstraints.For(name, pattern)),
                _ => throw new RouteCreationException("contains an unsupported element"),
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
