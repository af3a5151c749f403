using KestrelGrpc.Wire;

namespace KestrelGrpc.Tests.Wire;

/// <summary>Timeouts and messages, to the wire and back.</summary>
public class CodingTests
{
    [Theory]
    [InlineData(-1, "1n")]
    [InlineData(0, "1n")]
    [InlineData(1, "100n")]
    [InlineData(999_999, "99999900n")]
    [InlineData(1_000_000, "100000u")]
    [InlineData(1_000_001, "100001u")]
    [InlineData(999_999_990, "99999999u")]
    [InlineData(999_999_991, "100000m")]
    [InlineData(10_000L * 99_999_999, "99999999m")]
    [InlineData((10_000L * 99_999_999) + 1, "100000S")]
    [InlineData(36_000_000_000L * 99_999_999, "99999999H")]
    [InlineData(long.MaxValue, "99999999H")]
    public void Timeout_IsWrittenInTheFinestUnitAndRoundedUp(long ticks, string expected) =>
        Assert.Equal(expected, GrpcTimeout.Format(TimeSpan.FromTicks(ticks)));

    [Theory]
    [InlineData("1n", 1)]
    [InlineData("101n", 2)]
    [InlineData("1u", 10)]
    [InlineData("200m", 2_000_000)]
    [InlineData("1S", 10_000_000)]
    [InlineData("1M", 600_000_000)]
    [InlineData("99999999H", 36_000_000_000L * 99_999_999)]
    public void Timeout_IsReadInTicksAndRoundedUp(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryParse(text, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b~")]
    [InlineData("100% sure")]
    [InlineData("\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n")]
    public void Message_SurvivesTheWire(string text)
    {
        var encoded = PercentEncoding.Encode(text);

        Assert.All(encoded, character => Assert.InRange(character, ' ', '~'));
        Assert.Equal(text, PercentEncoding.Decode(encoded));
    }

    [Theory]
    [InlineData("100%", "100%")]
    [InlineData("%zz%4", "%zz%4")]
    [InlineData("%e2%98%ba", "\u263a")]
    [InlineData("%FF", "\ufffd")]
    public void BrokenEncoding_IsKeptRatherThanLost(string encoded, string expected) => Assert.Equal(expected, PercentEncoding.Decode(encoded));
}
