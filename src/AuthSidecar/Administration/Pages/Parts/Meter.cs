using System.Globalization;
using Microsoft.AspNetCore.Html;

namespace AuthSidecar.Administration.Pages.Parts;

/// <summary>The used share of a limit as a bar and, for screen readers, in words.</summary>
internal static class Meter
{
    public static IHtmlContent Of(string label, decimal used, decimal limit)
    {
        var percent = limit > 0 ? (int)Math.Clamp(Math.Round(100 * used / limit), 0, 100) : 100;
        var tone = Bars.MeterTone(used, limit);
        var words = tone switch
        {
            Tone.Bad => "spent",
            Tone.Warning => $"{Text(percent)} % used, nearly spent",
            _ => $"{Text(percent)} % used",
        };
        return Markup.Of(
            $"""
            <div class="meter {tone.Class()}" role="meter" aria-label="{label}" aria-valuetext="{words}"
              aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}"><span class="size-{percent}"></span></div>
            """
        );
    }

    private static string Text(int percent) => percent.ToString(CultureInfo.InvariantCulture);
}
