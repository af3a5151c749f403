using System.Globalization;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace AuthSidecar.Administration.Pages.Parts;

internal static class Markup
{
    public static IHtmlContent Empty => HtmlString.Empty;

    /// <summary>Markup with holes. A hole is encoded unless it holds markup itself.</summary>
    public static IHtmlContent Of(FormattableString text) =>
        new HtmlFormattableString(CultureInfo.InvariantCulture, text.Format, text.GetArguments()!);

    /// <summary><see cref="Of"/>, or nothing.</summary>
    public static IHtmlContent If(bool condition, FormattableString text) => condition ? Of(text) : Empty;

    /// <summary>An element with a class, with its end tag.</summary>
    public static void Become(this TagHelperOutput output, string tag, string classes)
    {
        output.TagName = tag;
        output.TagMode = TagMode.StartTagAndEndTag;
        var own = output.Attributes["class"]?.Value?.ToString();
        output.Attributes.SetAttribute("class", string.IsNullOrEmpty(own) ? classes.Trim() : $"{classes} {own}".Trim());
    }

    public static string Id(string name) => Microsoft.AspNetCore.Mvc.Rendering.TagBuilder.CreateSanitizedId(name, "_");
}
