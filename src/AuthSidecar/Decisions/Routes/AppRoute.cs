using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace AuthSidecar.Decisions.Routes;

/// <summary>The app of a route: a fixed app, or the one named in the path.</summary>
internal sealed class AppRoute
{
    private const string Parameter = "app";
    private const int LongestId = 64;
    private static readonly SearchValues<char> _idCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
    );

    private readonly string? _id;
    private readonly RouteTemplate? _template;

    private AppRoute(string? id, RouteTemplate? template) => (_id, _template) = (id, template);

    /// <param name="text">A path template with one <c>{app}</c> when it starts with a slash, else an id.</param>
    /// <param name="route">Null on error.</param>
    /// <param name="error">The error, as the end of a sentence.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out AppRoute? route, [NotNullWhen(false)] out string? error)
    {
        (route, error) = (null, null);
        if (!text.StartsWith('/'))
        {
            route = IsId(text) ? new(text, null) : null;
            error = route is null ? "must be a path template that starts with /, or an id: 1 to 64 letters, digits, _ or -" : null;
        }
        else if (RouteTemplate.TryParse(text, out var template, out var syntaxError))
        {
            route = template.Requires(Parameter) ? new(null, template) : null;
            error = route is null ? "must hold exactly one {app}, which is neither optional nor a catch-all" : null;
        }
        else
        {
            error = $"is not a route template: {syntaxError}";
        }

        return route is not null;
    }

    /// <summary>Id of the app; null when the path names none.</summary>
    /// <param name="path">Decoded, without query.</param>
    public string? IdIn(ReadOnlySpan<char> path)
    {
        if (_template is null)
        {
            return _id;
        }

        return _template.IsMatch(path, Parameter, out var id) && IsId(id) ? id.ToString() : null;
    }

    private static bool IsId(ReadOnlySpan<char> text) => text.Length is > 0 and <= LongestId && !text.ContainsAnyExcept(_idCharacters);
}
