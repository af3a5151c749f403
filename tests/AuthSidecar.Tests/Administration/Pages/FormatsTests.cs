using System.Globalization;
using AuthSidecar.Administration.Pages;

namespace AuthSidecar.Tests.Administration.Pages;

public sealed class FormatsTests
{
    private static readonly DateTimeOffset _now = At("2026-11-29T12:00:00Z");

    [Theory]
    [InlineData(null, "–")]
    [InlineData(0L, "0")]
    [InlineData(48210L, "48,210")]
    [InlineData(-1234L, "-1,234")]
    public void Number(long? value, string text) => Assert.Equal(text, Formats.Number(value));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(0L, "0")]
    [InlineData(99_999L, "99,999")]
    [InlineData(312_400L, "312 k")]
    [InlineData(7_800_000L, "7.8 M")]
    [InlineData(91_412_000L, "91.4 M")]
    [InlineData(912_412_000L, "912 M")]
    [InlineData(999_960_000L, "1.0 G")]
    [InlineData(999_700L, "1.0 M")]
    [InlineData(2_000_000_000L, "2.0 G")]
    [InlineData(long.MaxValue, "9,223,372 T")]
    public void Compact(long? value, string text) => Assert.Equal(text, Formats.Compact(value));

    [Theory]
    [InlineData(null, "–")]
    [InlineData("0", "$ 0.00")]
    [InlineData("0.0000001", "< $ 0.01")]
    [InlineData("0.009999", "< $ 0.01")]
    [InlineData("0.01", "$ 0.01")]
    [InlineData("38.2", "$ 38.20")]
    [InlineData("1234567.891", "$ 1,234,567.89")]
    [InlineData("-0.001", "> −$ 0.01")]
    [InlineData("-2", "−$ 2.00")]
    public void Money(string? amount, string text) =>
        Assert.Equal(text, Formats.Money(amount is null ? null : decimal.Parse(amount, CultureInfo.InvariantCulture)));

    [Fact]
    public void Money_OfAnotherCurrency_StartsWithItsCode() => Assert.Equal("EUR 3.00", Formats.Money(3, "EUR"));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(9_999L, "< $ 0.01")]
    [InlineData(38_200_000L, "$ 38.20")]
    public void MoneyOfMicros(long? micros, string text) => Assert.Equal(text, Formats.MoneyOfMicros(micros));

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(0, 10, "0 %")]
    [InlineData(1, 1000, "< 1 %")]
    [InlineData(61, 100, "61 %")]
    [InlineData(999, 1000, "99 %")]
    [InlineData(3, 2, "150 %")]
    public void Percent(int part, int whole, string? text) => Assert.Equal(text, Formats.Percent(part, whole));

    [Theory]
    [InlineData(null, "–")]
    [InlineData("2026-11-29T12:00:00Z", "just now")]
    [InlineData("2026-11-29T11:59:00Z", "1 minute ago")]
    [InlineData("2026-11-29T11:56:00Z", "4 minutes ago")]
    [InlineData("2026-11-29T10:30:00Z", "1 hour ago")]
    [InlineData("2026-11-29T00:00:00Z", "12 hours ago")]
    [InlineData("2026-11-28T23:59:59Z", "yesterday")]
    [InlineData("2026-11-27T23:59:59Z", "27 November")]
    [InlineData("2026-10-03T08:00:00Z", "3 October")]
    [InlineData("2025-10-03T08:00:00Z", "3 October 2025")]
    [InlineData("2026-11-29T12:00:30Z", "in less than a minute")]
    [InlineData("2026-11-29T12:09:00Z", "in 9 minutes")]
    [InlineData("2026-11-29T15:00:00Z", "in 3 hours")]
    [InlineData("2026-11-30T13:00:00Z", "tomorrow")]
    [InlineData("2026-12-08T12:00:00Z", "in 9 days")]
    [InlineData("2027-02-12T12:00:00Z", "12 February 2027")]
    public void Relative(string? time, string text) => Assert.Equal(text, Formats.Relative(time is null ? null : At(time), _now));

    [Fact]
    public void TimesOfOtherZones_AreShownInUtc()
    {
        var time = At("2027-02-12T23:30:00-05:00");

        Assert.Equal("13 Feb 2027", Formats.Date(time));
        Assert.Equal("13 Feb 2027, 04:30", Formats.DateAndTime(time));
    }

    [Theory]
    [InlineData("2026-11-01", "2026-11-29", "1 to 29 November 2026")]
    [InlineData("2026-10-28", "2026-11-26", "28 October to 26 November 2026")]
    [InlineData("2025-12-20", "2026-01-03", "20 December 2025 to 3 January 2026")]
    [InlineData("2026-11-29", "2026-11-29", "29 November 2026")]
    public void Range(string first, string last, string text) => Assert.Equal(text, Formats.Range(Day(first), Day(last)));

    [Theory]
    [InlineData(1, "1 key")]
    [InlineData(0, "0 keys")]
    [InlineData(1200, "1,200 keys")]
    public void Count(int value, string text) => Assert.Equal(text, Formats.Count(value, "key"));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static DateOnly Day(string text) => DateOnly.Parse(text, CultureInfo.InvariantCulture);
}
