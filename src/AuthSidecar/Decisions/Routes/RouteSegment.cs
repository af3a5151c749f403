using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AuthSidecar.Decisions.Routes;

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

    /// <summary>True when the segment can never be without a value for this parameter.</summary>
    public bool Requires(string parameter) =>
        !IsOptional
        && !IsCatchAll
        && Array.FindIndex(_parts, part => part.Name == parameter) is var index and >= 0
        && !(_lastIsOptional && index == _parts.Length - 1);

    public bool Takes(ReadOnlySpan<char> text) => Takes(text, "", out _);

    /// <param name="text">What stands between two slashes of a path.</param>
    /// <param name="parameter">A parameter's name.</param>
    /// <param name="value">What that parameter took, or empty.</param>
    public bool Takes(ReadOnlySpan<char> text, string parameter, out ReadOnlySpan<char> value)
    {
        value = default;
        return IsCatchAll
            ? _parts[0].Accepts(text)
            : Takes(text, _parts, parameter, ref value) || (_lastIsOptional && Takes(text, _parts.AsSpan(..^2), parameter, ref value));
    }

    // From the right, each literal as late as it can stand: that leaves most for the parameter before it, so no other placement could
    // succeed where this one fails.
    private static bool Takes(ReadOnlySpan<char> text, ReadOnlySpan<Part> parts, string wanted, ref ReadOnlySpan<char> value)
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
            if (at < 0 || (parameter is not null && !Fill(parameter, text[(at + literal.Length)..], wanted, ref value)))
            {
                return false;
            }

            text = text[..at];
            parameter = null;
        }

        return parameter is null ? text.IsEmpty : !text.IsEmpty && Fill(parameter, text, wanted, ref value);
    }

    private static bool Fill(Part parameter, ReadOnlySpan<char> text, string wanted, ref ReadOnlySpan<char> value)
    {
        if (parameter.Name == wanted)
        {
            value = text;
        }

        return parameter.Accepts(text);
    }

    private static int Place(ReadOnlySpan<char> text, string literal, bool isFirst, bool leavesOne)
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
