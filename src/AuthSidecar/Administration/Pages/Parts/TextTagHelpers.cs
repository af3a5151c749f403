using System.Globalization;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace AuthSidecar.Administration.Pages.Parts;

public enum TimeStyle
{
    /// <summary>4 minutes ago, yesterday, 3 October.</summary>
    Relative,

    /// <summary>12 Feb 2027.</summary>
    Date,

    /// <summary>12 Feb 2027, 14:05.</summary>
    DateAndTime,
}

/// <summary>A time in words, machine-readable, with the exact time in UTC as a title.</summary>
[HtmlTargetElement("when", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class WhenTagHelper(TimeProvider clock) : TagHelper
{
    public DateTimeOffset? At { get; set; }

    public TimeStyle Style { get; set; }

    /// <summary>The text where there is no time, for example "never".</summary>
    public string None { get; set; } = Formats.None;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagMode = TagMode.StartTagAndEndTag;
        if (At is not { } at)
        {
            output.TagName = null;
            output.Content.SetContent(None);
            return;
        }

        output.TagName = "time";
        output.Attributes.SetAttribute("datetime", at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        output.Attributes.SetAttribute("title", $"{at.UtcDateTime.ToString("d MMM yyyy, HH:mm:ss", CultureInfo.InvariantCulture)} UTC");
        output.Content.SetContent(
            Style switch
            {
                TimeStyle.Date => Formats.Date(at),
                TimeStyle.DateAndTime => Formats.DateAndTime(at),
                _ => Formats.Relative(at, clock.GetUtcNow()),
            }
        );
    }
}

/// <summary>Lines of code with a button that copies them, which the script shows where it can.</summary>
[HtmlTargetElement("code-lines", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class CodeLinesTagHelper : TagHelper
{
    public string Code { get; set; } = "";

    /// <summary>What they are, for screen readers, for example "curl".</summary>
    public string Label { get; set; } = "Command";

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var id = $"code-{context.UniqueId}";
        output.Become("div", "copyable");
        var code = Markup.Of($"<pre tabindex=\"0\" role=\"group\" aria-label=\"{Label}\"><code id=\"{id}\">{Code}</code></pre>");
        output.Content.SetHtmlContent(Markup.Of($"{code}<button type=\"button\" class=\"button\" data-copy=\"{id}\" hidden>Copy</button>"));
    }
}
