using System.Globalization;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace AuthSidecar.Administration.Pages.Parts;

/// <summary>
/// Name, value and errors of a field: of a property of the page's model by <c>for</c>, else by <c>name</c> and <c>value</c>.
/// </summary>
public abstract class FieldBase : TagHelper
{
    [ViewContext, HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <summary>A property of the page's model.</summary>
    public ModelExpression? For { get; set; }

    public string? Name { get; set; }

    public string? Value { get; set; }

    public string Label { get; set; } = "";

    public string? Help { get; set; }

    private protected string FieldName => Name ?? For?.Name ?? "";

    private protected string Id => Markup.Id(FieldName);

    private protected string? Error =>
        ViewContext.ModelState.TryGetValue(FieldName, out var entry) && entry.Errors.Count > 0 ? entry.Errors[0].ErrorMessage : null;

    private protected string? DescribedBy =>
        string.Join(' ', new[] { Help is null ? null : $"{Id}-help", Error is null ? null : $"{Id}-error" }.OfType<string>())
            is { Length: > 0 } ids
            ? ids
            : null;

    /// <summary>What was typed, else the model's value.</summary>
    private protected string? CurrentValue =>
        ViewContext.ModelState.TryGetValue(FieldName, out var entry) && entry.AttemptedValue is { } typed
            ? typed
            : Value ?? Text(For?.Model);

    private protected static string? Text(object? value) =>
        value switch
        {
            DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };

    private protected IHtmlContent ErrorText => Markup.If(Error is not null, $"<p class=\"error\" id=\"{Id}-error\">{Error}</p>");

    private protected IHtmlContent HelpText => Markup.If(Help is not null, $"<p class=\"help\" id=\"{Id}-help\">{Help}</p>");
}

/// <summary>
/// A label, an input, select or textarea, its help and its error. Other attributes (min, maxlength, inputmode, …) go to the input.
/// </summary>
[HtmlTargetElement("field", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class FieldTagHelper : FieldBase
{
    /// <summary>The type of the input.</summary>
    public string Type { get; set; } = "text";

    public string Autocomplete { get; set; } = "off";

    public bool Required { get; set; }

    public bool Autofocus { get; set; }

    /// <summary>A textarea of so many rows.</summary>
    public int? Rows { get; set; }

    /// <summary>A select.</summary>
    public IEnumerable<SelectListItem>? Options { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var input = Input();
        foreach (var attribute in output.Attributes)
        {
            var value = attribute.Value?.ToString() ?? "";
            if (attribute.Name == "class")
            {
                input.AddCssClass(value);
            }
            else
            {
                input.MergeAttribute(attribute.Name, value);
            }
        }

        output.Attributes.Clear();
        output.Become("div", "field");
        output.Content.SetHtmlContent(Markup.Of($"<label for=\"{Id}\">{Label}</label>{input}{ErrorText}{HelpText}"));
    }

    private TagBuilder Input()
    {
        var input =
            Options is not null ? Select(Options)
            : Rows is { } rows ? TextArea(rows)
            : TextInput();
        input.AddCssClass("input");
        input.MergeAttribute("id", Id);
        input.MergeAttribute("name", FieldName);
        input.MergeAttribute("autocomplete", Autocomplete);
        Set(input, "aria-describedby", DescribedBy);
        Set(input, "aria-invalid", Error is null ? null : "true");
        Set(input, "required", Required ? "required" : null);
        Set(input, "autofocus", Autofocus ? "autofocus" : null);
        return input;
    }

    private TagBuilder TextInput()
    {
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        input.MergeAttribute("type", Type);
        Set(input, "value", Type == "password" ? null : CurrentValue);
        return input;
    }

    private TagBuilder TextArea(int rows)
    {
        var area = new TagBuilder("textarea");
        area.MergeAttribute("rows", rows.ToString(CultureInfo.InvariantCulture));

        // HTML drops the first line break of a textarea.
        area.InnerHtml.Append($"\n{CurrentValue}");
        return area;
    }

    private TagBuilder Select(IEnumerable<SelectListItem> options)
    {
        var select = new TagBuilder("select");
        var current = CurrentValue;
        foreach (var option in options)
        {
            var isSelected = string.IsNullOrEmpty(current) ? option.Selected : option.Value == current;
            var item = new TagBuilder("option");
            item.MergeAttribute("value", option.Value);
            Set(item, "selected", isSelected ? "selected" : null);
            item.InnerHtml.Append(option.Text);
            select.InnerHtml.AppendHtml(item);
        }

        return select;
    }

    private static void Set(TagBuilder element, string name, string? value)
    {
        if (value is not null)
        {
            element.MergeAttribute(name, value);
        }
    }
}

/// <summary>A group of checkboxes, or of radio buttons with <c>radio</c>.</summary>
[HtmlTargetElement("choices", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class ChoicesTagHelper : FieldBase
{
    public IEnumerable<SelectListItem> Options { get; set; } = [];

    public bool Radio { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.Become("fieldset", "field");
        output.Attributes.SetAttribute("id", Id);
        if (DescribedBy is { } ids)
        {
            output.Attributes.SetAttribute("aria-describedby", ids);
        }

        output.Content.AppendHtml(Markup.Of($"<legend>{Label}</legend>{ErrorText}"));
        var number = 0;
        foreach (var option in Options)
        {
            output.Content.AppendHtml(Choice(option, $"{Id}-{number++}"));
        }

        output.Content.AppendHtml(HelpText);
    }

    private IHtmlContent Choice(SelectListItem option, string id)
    {
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        input.MergeAttribute("type", Radio ? "radio" : "checkbox");
        input.MergeAttribute("id", id);
        input.MergeAttribute("name", FieldName);
        input.MergeAttribute("value", option.Value);
        if (IsChosen(option))
        {
            input.MergeAttribute("checked", "checked");
        }

        return Markup.Of($"<div class=\"choice\">{input}<label for=\"{id}\">{option.Text}</label></div>");
    }

    private bool IsChosen(SelectListItem option) =>
        ViewContext.ModelState.TryGetValue(FieldName, out var entry) && entry.RawValue is { } raw
            ? raw is IEnumerable<string> values
                ? values.Contains(option.Value)
                : raw.ToString() == option.Value
            : For?.Model switch
            {
                null => option.Selected,
                IEnumerable<string> chosen => chosen.Contains(option.Value),
                var chosen => Text(chosen) == option.Value,
            };
}

/// <summary>All errors of a form on top of its page, each a link to its field. Nothing if there is none.</summary>
[HtmlTargetElement("error-summary", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class ErrorSummaryTagHelper : TagHelper
{
    [ViewContext, HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    public string Title { get; set; } = "Please check what you entered";

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (ViewContext.ModelState.IsValid)
        {
            output.SuppressOutput();
            return;
        }

        output.Become("div", "banner bad");
        output.Attributes.SetAttribute("role", "alert");
        output.Attributes.SetAttribute("tabindex", "-1");
        output.Attributes.SetAttribute("autofocus", "autofocus");
        output.Content.AppendHtml(Markup.Of($"<h2>{Title}</h2><ul>"));
        foreach (var (name, error) in Errors())
        {
            output.Content.AppendHtml(
                name.Length == 0 ? Markup.Of($"<li>{error}</li>") : Markup.Of($"<li><a href=\"#{Markup.Id(name)}\">{error}</a></li>")
            );
        }

        output.Content.AppendHtml("</ul>");
    }

    private IEnumerable<(string Name, string Error)> Errors() =>
        from entry in ViewContext.ModelState
        from error in entry.Value.Errors
        select (entry.Key, error.ErrorMessage);
}

/// <summary>The buttons of a form: the primary one, then the way out; a dangerous one comes after it.</summary>
[HtmlTargetElement("form-buttons", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class FormButtonsTagHelper : TagHelper
{
    public string Submit { get; set; } = "Save";

    public bool Danger { get; set; }

    public string? CancelHref { get; set; }

    public string Cancel { get; set; } = "Cancel";

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.Become("div", "buttons-row");
        var submit = Markup.Of($"<button class=\"button {(Danger ? "danger" : "primary")}\">{Submit}</button>");
        var cancel = Markup.If(CancelHref is not null, $"<a class=\"button\" href=\"{CancelHref}\">{Cancel}</a>");
        output.Content.SetHtmlContent(Danger ? Markup.Of($"{cancel}{submit}") : Markup.Of($"{submit}{cancel}"));
    }
}
