using AuthSidecar.Administration.Reports;

namespace AuthSidecar.Administration.Commands;

/// <summary>Formats an explanation as text.</summary>
internal static class ExplanationText
{
    public static void WriteTo(TextWriter writer, Explanation explanation, string currency)
    {
        var row = explanation.Row;
        writer.WriteLine(PlainText.Of(explanation.Summary));
        if (explanation.Steps.Count > 0)
        {
            writer.WriteLine();
            Steps(explanation).WriteTo(writer);
        }

        var table = new TextTable("", "");
        table.Add("decision", explanation.DecisionId);
        if (explanation.Detail is { } detail)
        {
            table.Add("detail", detail);
        }

        table.Add("time", TextTable.Time(row.Time, ""));
        table.Add("key", row.KeyId);
        table.Add("user", row.UserId);
        table.Add("tenant, app", $"{row.Tenant ?? "-"}, {row.App ?? "-"}");
        table.Add("provider, model", $"{row.Provider ?? "-"}, {row.Model ?? "-"}");
        table.Add("mode", row.Mode);
        table.Add("path", row.Path);
        table.Add("client", row.Client);
        table.Add("end", explanation.End);
        table.Add("status", UsageText.Text(row.Status));
        table.Add("duration ms", UsageText.Text(row.DurationMs));
        table.Add("bytes", $"{UsageText.Text(row.RequestBytes) ?? "-"} in, {UsageText.Text(row.ResponseBytes) ?? "-"} out");
        table.Add("tokens", Tokens(row));
        table.Add(
            "cost",
            row.CostMicroUsd is null ? explanation.Cost : $"{UsageText.Money(row.CostMicroUsd)} {currency}. {explanation.Cost}"
        );
        table.Add(
            "reserved",
            explanation.ReservedMicroUsd is null
                ? "nothing"
                : $"{UsageText.Money(explanation.ReservedMicroUsd)} {currency}, {(explanation.Settled ? "settled" : "not settled yet")}"
        );
        table.Add("reported by", string.Join(", ", explanation.Sources));
        writer.WriteLine();
        table.WriteTo(writer);
    }

    private static TextTable Steps(Explanation explanation)
    {
        var table = new TextTable("STEP", "WHAT", "RESULT");
        foreach (var (step, what, result) in explanation.Steps)
        {
            table.Add(step, what, result.Replace('_', ' '));
        }

        return table;
    }

    private static string Tokens(UsageRowDocument row)
    {
        (string Name, long? Count)[] counts =
        [
            ("input", row.InputTokens),
            ("output", row.OutputTokens),
            ("cached read", row.CachedReadTokens),
            ("cached write", row.CachedWriteTokens),
            ("reasoning", row.ReasoningTokens),
        ];
        return string.Join(
            ", ",
            counts.Where(count => count.Count is not null).Select(count => $"{count.Name} {UsageText.Text(count.Count)}")
        );
    }
}
