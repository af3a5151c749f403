using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace AuthSidecar.Administration.Pages.Parts;

/// <summary>The page's one h1, a line below it and actions at the right. Also sets the title of the document.</summary>
[HtmlTargetElement("page-head")]
public sealed class PageHeadTagHelper : TagHelper
{
    /// <summary>Key of the title among the items of the request.</summary>
    public static readonly object TitleItem = new();

    [ViewContext, HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    public string Title { get; set; } = "";

    public string? Note { get; set; }

    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        // A partial view has a copy of the page's ViewData, of which the layout learns nothing.
        ViewContext.HttpContext.Items[TitleItem] = Title;
        var actions = await output.GetChildContentAsync();
        output.Become("div", "head");
        var note = Markup.If(Note is not null, $"<p>{Note}</p>");
        var group = Markup.If(!actions.IsEmptyOrWhiteSpace, $"<div class=\"actions\">{actions}</div>");
        output.Content.SetHtmlContent(Markup.Of($"<div><h1>{Title}</h1>{note}</div>{group}"));
    }
}

/// <summary>A card with a title, and optionally an action at its right.</summary>
[HtmlTargetElement("card")]
public sealed class CardTagHelper : TagHelper
{
    public string? Title { get; set; }

    public string? ActionText { get; set; }

    public string? ActionHref { get; set; }

    public bool Primary { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.Become("section", "card");
        if (Title is null)
        {
            return;
        }

        var heading = Markup.Of($"<h2>{Title}</h2>");
        var style = Primary ? "button primary" : "button";
        output.PreContent.SetHtmlContent(
            string.IsNullOrEmpty(ActionHref)
                ? heading
                : Markup.Of($"<div class=\"head\">{heading}<a class=\"{style}\" href=\"{ActionHref}\">{ActionText}</a></div>")
        );
    }
}

/// <summary>A message on a page. With <c>status</c>, screen readers announce it.</summary>
[HtmlTargetElement("banner")]
public sealed class BannerTagHelper : TagHelper
{
    public Tone Tone { get; set; } = Tone.Info;

    public string? Title { get; set; }

    public bool Status { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.Become("div", $"banner {Tone.Class()}");
        if (Status)
        {
            output.Attributes.SetAttribute("role", Tone is Tone.Bad ? "alert" : "status");
        }

        output.PreContent.SetHtmlContent(Markup.If(Title is not null, $"<strong>{Title}</strong> "));
    }
}

/// <summary>A status in a word.</summary>
[HtmlTargetElement("chip")]
public sealed class ChipTagHelper : TagHelper
{
    public Tone Tone { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output) => output.Become("span", $"chip {Tone.Class()}");
}

/// <summary>A label, a figure and a line that explains it; with <c>limit</c> a meter between the two.</summary>
[HtmlTargetElement("tile", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class TileTagHelper : TagHelper
{
    public string Label { get; set; } = "";

    public string Figure { get; set; } = "";

    public string? Note { get; set; }

    /// <summary>The used part of the limit.</summary>
    public decimal Used { get; set; }

    /// <summary>Null: no meter.</summary>
    public decimal? Limit { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.Become("div", "tile");
        var meter = Limit is { } limit ? Meter.Of(Label, Used, limit) : Markup.Empty;
        output.Content.SetHtmlContent(
            Markup.Of($"<p>{Label}</p><p class=\"figure\">{Figure}</p>{meter}{Markup.If(Note is not null, $"<p>{Note}</p>")}")
        );
    }
}

/// <summary>A meter by itself: amber from 85 %, red when spent.</summary>
[HtmlTargetElement("budget-meter", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class BudgetMeterTagHelper : TagHelper
{
    public string Label { get; set; } = "";

    public decimal Used { get; set; }

    public decimal Limit { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = null;
        output.Content.SetHtmlContent(Meter.Of(Label, Used, Limit));
    }
}

/// <summary>A row of a <c>&lt;dl class="facts"&gt;</c>.</summary>
[HtmlTargetElement("fact")]
public sealed class FactTagHelper : TagHelper
{
    public string Label { get; set; } = "";

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "div";
        output.PreContent.SetHtmlContent(Markup.Of($"<dt>{Label}</dt><dd>"));
        output.PostContent.SetHtmlContent(Markup.Of($"</dd>"));
    }
}
