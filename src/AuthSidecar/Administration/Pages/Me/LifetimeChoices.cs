using System.Globalization;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Spans of time to choose from, as whole seconds.</summary>
internal static class LifetimeChoices
{
    private static readonly TimeSpan[] _lifetimes = [.. new[] { 7, 30, 90, 180, 365 }.Select(days => TimeSpan.FromDays(days))];

    private static readonly TimeSpan[] _graces =
    [
        TimeSpan.Zero,
        TimeSpan.FromHours(1),
        TimeSpan.FromDays(1),
        TimeSpan.FromDays(7),
        TimeSpan.FromDays(30),
    ];

    /// <summary>Usual lifetimes of a key, the longest and the default one included.</summary>
    public static IReadOnlyList<SelectListItem> Lifetimes(TimeSpan usual, TimeSpan longest) =>
        [.. _lifetimes.Where(span => span < longest).Append(usual).Append(longest).Distinct().Order().Select(span => Choice(span, usual))];

    /// <summary>Times for which an old key stays valid after its rotation.</summary>
    public static IReadOnlyList<SelectListItem> Graces { get; } = [.. _graces.Select(span => Choice(span, TimeSpan.FromDays(1)))];

    /// <summary>Null for text that is none of the choices.</summary>
    public static TimeSpan? Read(string? text, IEnumerable<SelectListItem> choices) =>
        choices.FirstOrDefault(choice => choice.Value == text) is { Value: var seconds }
            ? TimeSpan.FromSeconds(long.Parse(seconds, CultureInfo.InvariantCulture))
            : null;

    private static SelectListItem Choice(TimeSpan span, TimeSpan usual) =>
        new(Words(span), ((long)span.TotalSeconds).ToString(CultureInfo.InvariantCulture), span == usual);

    private static string Words(TimeSpan span) => span == TimeSpan.Zero ? "It stops at once" : Formats.Span(span);
}
