using AuthSidecar.Administration.Pages;
using AuthSidecar.Administration.Pages.Parts;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.BrowserTests.Gallery;

/// <summary>What the pages of the gallery show.</summary>
internal static class Samples
{
    private static readonly decimal[] _month =
    [
        0.41m,
        1.02m,
        1.53m,
        1.43m,
        0.68m,
        0.28m,
        0.17m,
        1.3m,
        1.78m,
        2.05m,
        1.39m,
        1.12m,
        0.31m,
        0.2m,
        1.5m,
        1.99m,
        2.42m,
        2.26m,
        1.37m,
        0.41m,
        0.28m,
        1.68m,
        1.89m,
        2.15m,
        2.39m,
        1.64m,
        0.51m,
        0.36m,
        1.23m,
    ];

    public static DateTimeOffset Now { get; } = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    public static DateOnly First { get; } = new(2026, 11, 1);

    public static DateOnly Last { get; } = new(2026, 11, 29);

    public static DayChart Month { get; } = Chart(_month.Length);

    public static DayChart Week { get; } = Chart(7);

    public static DayChart Nothing { get; } =
        new("Nothing", "Cost", [.. Enumerable.Range(0, 7).Select(day => new DayBar(First.AddDays(day), null, Formats.Money(null)))]);

    public static Ranking Models { get; } =
        new(
            "By model",
            "Model",
            "Cost",
            [Row("claude-sonnet-4-5", 21.07m), Row("gpt-5.1", 12.4m), Row("gpt-5.1-mini", 4.51m), Row("gemini-2.5-flash", 0.22m)]
        );

    public static IReadOnlyList<KeySample> Keys { get; } =
    [
        new("laptop", "d4dx8u7FwYEr", "llm:invoke", Now.AddMinutes(-4), At(2027, 2, 12), "Active", Tone.Good, 30.11m),
        new("ci-runner", "EsiSgzTdwCpQ", "llm:invoke", Now.AddDays(-1), At(2026, 12, 8), "Expires soon", Tone.Warning, 8.09m),
        new("old-notebook", "zwtktoK2k4Mp", "llm:invoke", At(2026, 10, 3), null, "Revoked", Tone.Bad, null),
    ];

    public static IReadOnlyList<UserSample> Users { get; } =
    [
        new("alice", "alice@example.com", "Admin", Now.AddHours(-3), "Active", Tone.Good, 38.2m),
        new("bob", "bob.with.a.rather.long.address@engineering.example.com", "User", Now.AddDays(-40), "Disabled", Tone.Neutral, 0),
        new("<script>alert(1)</script>", "–", "User", null, "Active", Tone.Good, 0.004m),
    ];

    public static SecretBox Secret { get; } =
        new(
            "API key",
            "as_d4dx8u7FwYEr_0123456789abcdefghijklmnopqrstuvwxyzABCD",
            [
                new("curl", "curl https://llm.example.com/v1/models \\\n  -H \"Authorization: Bearer $OPENAI_API_KEY\""),
                new("Python", "from openai import OpenAI\n\nclient = OpenAI(base_url=\"https://llm.example.com/v1\", api_key=\"…\")"),
            ]
        );

    public static EmptyState Empty { get; } =
        new(
            "No device yet",
            "A program that you allow to act for you is listed here, with its last use. Start with the command line tool:",
            "authsidecar login --url https://llm.example.com",
            "Enter a code",
            "/device"
        );

    public static IReadOnlyList<SelectListItem> Lifetimes { get; } = [new("30 days", "30"), new("90 days", "90"), new("Never", "0")];

    public static IReadOnlyList<SelectListItem> Scopes { get; } = [new("llm:invoke", "llm:invoke"), new("llm:embed", "llm:embed")];

    public static IReadOnlyList<SelectListItem> Kinds { get; } = [new("A program", "program"), new("A person", "person")];

    public static IReadOnlyList<SelectListItem> Statuses { get; } = [new("All", ""), new("Active", "active"), new("Disabled", "disabled")];

    public static DayChart Days(int count) => Chart(count);

    private static DayChart Chart(int days) =>
        new(
            "Cost by day",
            "Cost",
            [
                .. Enumerable
                    .Range(0, days)
                    .Select(day => (Day: First.AddDays(day), Cost: _month[day % _month.Length]))
                    .Select(day => new DayBar(day.Day, day.Cost, Formats.Money(day.Cost))),
            ]
        );

    private static RankingRow Row(string name, decimal cost) => new(name, cost, Formats.Money(cost));

    private static DateTimeOffset At(int year, int month, int day) => new(year, month, day, 8, 0, 0, TimeSpan.Zero);
}

internal sealed record KeySample(
    string Name,
    string Id,
    string Scopes,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? ExpiresAt,
    string Status,
    Tone Tone,
    decimal? Cost
);

internal sealed record UserSample(
    string Name,
    string Email,
    string Role,
    DateTimeOffset? LastLoginAt,
    string Status,
    Tone Tone,
    decimal? Cost
);
