using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Administration.Commands;

/// <summary>Options with a value format of their own, and errors that describe it.</summary>
internal static class OptionWithValue
{
    private const decimal Micros = 1_000_000;
    private const decimal MostDollars = SetBudget.MostMicros / Micros;

    public static Option<TimeSpan?> Span(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "Ns|m|h|d",
            CustomParser = result =>
                Durations.TryParse(Text(result), out var span) && span >= TimeSpan.Zero
                    ? span
                    : Fail<TimeSpan?>(result, $"{name} \"{Text(result)}\" is not a duration such as 90s, 15m, 12h or 30d."),
        };

    public static Option<DateTimeOffset?> Time(string name, string description, TimeProvider time) =>
        new(name)
        {
            Description = description,
            HelpName = "Ns|m|h|d|TIME",
            CustomParser = result =>
                Durations.TryParseTime(Text(result), time.GetUtcNow(), out var value)
                    ? value
                    : Fail<DateTimeOffset?>(
                        result,
                        $"{name} \"{Text(result)}\" is neither a duration such as 30d nor a time such as 2030-12-31T23:59:59Z."
                    ),
        };

    /// <summary>A time; a duration counts back from now.</summary>
    public static Option<DateTimeOffset?> Since(string name, string description, TimeProvider time) =>
        new(name)
        {
            Description = description,
            HelpName = "Ns|m|h|d|TIME",
            CustomParser = result =>
                Durations.TryParse(Text(result), out var span) && span >= TimeSpan.Zero ? time.GetUtcNow() - span
                : Durations.TryParseTime(Text(result), time.GetUtcNow(), out var value) ? value
                : Fail<DateTimeOffset?>(
                    result,
                    $"{name} \"{Text(result)}\" is neither a duration such as 2h nor a time such as 2026-01-31T23:59:59Z."
                ),
        };

    public static Option<DateOnly?> Day(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "D",
            CustomParser = result =>
                UsageQuery.TryParseDay(Text(result), out var day)
                    ? day
                    : Fail<DateOnly?>(result, $"{name} \"{Text(result)}\" is not a day such as 2026-01-31."),
        };

    public static Option<int?> Count(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
                int.TryParse(Text(result), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                    ? count
                    : Fail<int?>(result, $"{name} \"{Text(result)}\" is not a whole number from 0 to {int.MaxValue}."),
        };

    public static Option<long?> LargeCount(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
                long.TryParse(Text(result), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                    ? count
                    : Fail<long?>(result, $"{name} \"{Text(result)}\" is not a whole number from 0 to {long.MaxValue}."),
        };

    /// <summary>An amount of money, in millionths.</summary>
    public static Option<long?> Dollars(string name, string description, bool isRequired = true) =>
        new(name)
        {
            Description = description,
            HelpName = "X",
            Required = isRequired,
            CustomParser = result =>
                decimal.TryParse(Text(result), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
                && amount <= MostDollars
                && amount * Micros == decimal.Truncate(amount * Micros)
                    ? (long)(amount * Micros)
                    : Fail<long?>(result, $"{name} \"{Text(result)}\" is not an amount from 0 to {MostDollars} with up to six decimals."),
        };

    private static string Text(ArgumentResult result) => result.Tokens[0].Value;

    private static T? Fail<T>(ArgumentResult result, string message)
    {
        result.AddError(message);
        return default;
    }
}
