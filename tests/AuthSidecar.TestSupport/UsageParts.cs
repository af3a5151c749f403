using System.Globalization;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.TestSupport;

/// <summary>Usage reports of all sources.</summary>
internal static class UsageParts
{
    public static DateTimeOffset Start { get; } = new(2026, 1, 31, 23, 59, 59, TimeSpan.Zero);

    public static string Id(int number) => number.ToString("x32", CultureInfo.InvariantCulture);

    public static UsageReport Decided(string id) =>
        new()
        {
            DecisionId = id,
            Time = Start,
            KeyId = "key",
            UserId = "ada",
            Tenant = "acme",
            Policy = "openai",
            Provider = "openai",
            Mode = "centralized",
            Decision = "allow",
            Reason = "",
            Client = "codex",
            Path = "/v1/chat/completions",
            Facts = UsageFacts.Decided,
        };

    public static UsageReport Observed(string id, long input = 10, long output = 5) =>
        new()
        {
            DecisionId = id,
            Time = Start.AddMilliseconds(300),
            Model = "gpt-5",
            InputTokens = input,
            OutputTokens = output,
            Facts =
                UsageFacts.Observed
                | UsageFacts.HasUsage
                | UsageFacts.IsResponseModel
                | UsageFacts.HasCachedInInput
                | UsageFacts.HasReasoningInOutput
                | UsageFacts.Ended
                | UsageFacts.SawEnd,
        };

    public static UsageReport Logged(string id) =>
        new()
        {
            DecisionId = id,
            Time = Start.AddMilliseconds(-1),
            KeyId = "key",
            Policy = "openai",
            Decision = "allow",
            Status = 200,
            DurationMs = 420,
            RequestBytes = 1000,
            ResponseBytes = 2000,
            Facts = UsageFacts.Logged | UsageFacts.Ended,
        };

    /// <summary>All reports of one request.</summary>
    public static UsageReport[] Whole(int number) => [Decided(Id(number)), Observed(Id(number)), Logged(Id(number))];

    /// <summary>A report with random fields, including those that no source would set.</summary>
    public static UsageReport Any(Random random, string id)
    {
        const UsageFacts Reportable =
            UsageFacts.Decided
            | UsageFacts.Logged
            | UsageFacts.Observed
            | UsageFacts.Recorded
            | UsageFacts.HasUsage
            | UsageFacts.IsResponseModel
            | UsageFacts.ClientLeft
            | UsageFacts.UpstreamFailed
            | UsageFacts.Ended
            | UsageFacts.SawEnd
            | UsageFacts.HasCachedInInput
            | UsageFacts.HasReasoningInOutput;
        var nothing = random.Next(8) == 0 ? UsageFacts.GeneratesNothing : UsageFacts.None;
        var report = new UsageReport
        {
            DecisionId = id,
            Time = Start.AddSeconds(random.Next(-2, 3)),
            KeyId = Pick("k1", "k2"),
            UserId = Pick("ada", "bob"),
            Tenant = Pick("acme", "zeta"),
            App = Pick("a", "b"),
            Policy = Pick("p", "q"),
            Provider = Pick("openai", "anthropic", "unknown"),
            Model = Pick("gpt-5", "claude", "gpt-5-mini"),
            Mode = Pick("byok", "centralized"),
            Decision = Pick("allow", "allow", "deny", "close"),
            Reason = Pick("", "rate_limited"),
            Status = (int?)Number(200, 200, 429, 500),
            ErrorType = Pick("overloaded", "timeout"),
            DurationMs = Number(0, 10, 20),
            RequestBytes = Number(0, 1, 2),
            ResponseBytes = Number(0, 1, 2),
            InputTokens = Number(0, 7, 100),
            OutputTokens = Number(0, 8, 100),
            CachedReadTokens = Number(0, 1),
            CachedWriteTokens = Number(0, 1),
            ReasoningTokens = Number(0, 1),
            SeenInputTokens = Number(0, 3, 30),
            SeenOutputTokens = Number(0, 4, 40),
            ObjectId = Pick("resp_1", "resp_2"),
            ReservedMicros = Number(0, 50, 1000),
            Client = Pick("codex", "claude"),
            Path = Pick("/a", "/b"),
            Facts = ((UsageFacts)random.Next(16384) & Reportable) | nothing,
        };
        report.KeyLine = report.Client is null ? null : $"line {report.Client}";
        report.SharedBudgets = report.Tenant switch
        {
            null => null,
            "acme" => "g1",
            _ => "g1 g2",
        };
        report.Detail = report.Reason;
        report.AskedModel = report.Model is null ? null : $"{report.Model} as asked";

        // Drawn from existing values, so that the random sequence that follows is unchanged.
        report.Requests = report.RequestBytes is > 0 ? report.RequestBytes * 25 : null;
        return report;

        string? Pick(params string[] values) => random.Next(3) == 0 ? null : values[random.Next(values.Length)];

        long? Number(params long[] numbers) => random.Next(3) == 0 ? null : numbers[random.Next(numbers.Length)];
    }
}
