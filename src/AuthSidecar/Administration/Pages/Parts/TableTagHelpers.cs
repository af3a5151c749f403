using Microsoft.AspNetCore.Razor.TagHelpers;

namespace AuthSidecar.Administration.Pages.Parts;

/// <summary>
/// A table with a caption and headings; its content is the rows. On small screens it becomes a list of labels and values, so its parts
/// carry the roles that a display value other than table would take from them.
/// </summary>
[HtmlTargetElement("data-table")]
public sealed class DataTableTagHelper : TagHelper
{
    public string Caption { get; set; } = "";

    public IReadOnlyList<Column> Columns { get; set; } = [];

    /// <summary>Whether the caption is visible; without it, it is for screen readers, as a card has a heading of the same words.</summary>
    public bool ShowsCaption { get; set; }

    public override void Init(TagHelperContext context) => context.Items[typeof(TableRow)] = new TableRow(this);

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.Become("table", "data list");
        output.Attributes.SetAttribute("role", "table");
        output.PreContent.AppendHtml(Markup.Of($"<caption class=\"{(ShowsCaption ? "" : "visually-hidden")}\">{Caption}</caption>"));
        output.PreContent.AppendHtml("<thead role=\"rowgroup\"><tr role=\"row\">");
        foreach (var column in Columns)
        {
            var title = column.IsActions
                ? Markup.Of($"<span class=\"visually-hidden\">{column.Title}</span>")
                : Markup.Of($"{column.Title}");
            output.PreContent.AppendHtml(
                Markup.Of($"<th scope=\"col\" role=\"columnheader\" class=\"{(column.IsNumber ? "number" : "")}\">{title}</th>")
            );
        }

        output.PreContent.AppendHtml("</tr></thead><tbody role=\"rowgroup\">");
        output.PostContent.AppendHtml("</tbody>");
    }
}

/// <summary>The row that is being rendered.</summary>
internal sealed class TableRow(DataTableTagHelper table)
{
    private int _next;

    public void Start() => _next = 0;

    public (Column? Column, bool IsFirst) Next() => (_next < table.Columns.Count ? table.Columns[_next] : null, _next++ == 0);
}

/// <summary>A row of a <see cref="DataTableTagHelper"/>.</summary>
[HtmlTargetElement("tr")]
public sealed class TableRowTagHelper : TagHelper
{
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (context.Items.TryGetValue(typeof(TableRow), out var row))
        {
            ((TableRow)row).Start();
            output.Attributes.SetAttribute("role", "row");
        }
    }
}

/// <summary>A cell of a <see cref="DataTableTagHelper"/>. The first of a row becomes its header.</summary>
[HtmlTargetElement("td")]
public sealed class TableCellTagHelper : TagHelper
{
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (!context.Items.TryGetValue(typeof(TableRow), out var row))
        {
            return;
        }

        var (column, isFirst) = ((TableRow)row).Next();
        output.Become(
            isFirst ? "th" : "td",
            column switch
            {
                { IsNumber: true } => "number",
                { IsActions: true } => "buttons",
                { IsLong: true } => "long",
                _ => "",
            }
        );
        output.Attributes.SetAttribute("role", isFirst ? "rowheader" : "cell");
        if (isFirst)
        {
            output.Attributes.SetAttribute("scope", "row");
        }

        output.Attributes.SetAttribute("data-label", column?.Title);
        output.PreContent.SetHtmlContent("<span class=\"value\">");
        output.PostContent.SetHtmlContent("</span>");
    }
}
