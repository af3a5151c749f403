namespace AuthSidecar.Administration.Pages.Parts;

/// <summary>Sizes of bars as classes of the stylesheet, one for each percent, so that no page needs a style attribute.</summary>
internal static class Bars
{
    private const decimal WarningShare = 0.85m;

    /// <summary>A value that is not 0 has at least one percent, so that it stays visible.</summary>
    public static string Size(decimal value, decimal largest) =>
        value <= 0 || largest <= 0 ? "size-0" : $"size-{(int)Math.Clamp(Math.Round(100 * value / largest), 1, 100)}";

    /// <summary>Amber from 85 % of the limit, red when it is spent. A limit of 0 is spent.</summary>
    public static Tone MeterTone(decimal used, decimal limit) =>
        used >= limit ? Tone.Bad
        : used >= WarningShare * limit ? Tone.Warning
        : Tone.Neutral;

    public static string Class(this Tone tone) =>
        tone switch
        {
            Tone.Info => "info",
            Tone.Good => "good",
            Tone.Warning => "warning",
            Tone.Bad => "bad",
            _ => "",
        };
}
